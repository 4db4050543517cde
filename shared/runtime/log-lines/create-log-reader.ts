import { assertNever } from '#shared/domain/result'
import { type EngineId } from '#shared/estimator/request'
import { createLlamaCppReader } from './llama-cpp'
import { type LogReader } from './log-reader'
import { createOllamaReader } from './ollama'
import { createVllmReader } from './vllm'

/** The reader for the log of an engine; `model` helps to find one load in a server log that speaks of several. */
export function createLogReader(engine: EngineId, model?: string): LogReader {
  switch (engine) {
    case 'vllm':
      return createVllmReader()
    case 'llama.cpp':
      return createLlamaCppReader()
    case 'ollama':
      return createOllamaReader(model)
    default:
      return assertNever(engine)
  }
}
