import { assertNever } from '#shared/domain/result'
import { type EngineId } from '#shared/estimator/request'
import { createLlamaCppReader } from './llama-cpp'
import { type LogReader } from './log-reader'
import { createOllamaReader } from './ollama'
import { createServiceReader } from './services'
import { createVllmReader } from './vllm'

/**
 * The reader for the log of an engine; `model` (all names that the user has for it) helps to find one load in a log that
 * speaks of several. Services of a compose log are read apart: their starts run side by side.
 */
export function createLogReader(engine: EngineId, model?: string): LogReader {
  return createServiceReader(() => createEngineReader(engine, model), model)
}

function createEngineReader(engine: EngineId, model: string | undefined): LogReader {
  switch (engine) {
    case 'vllm':
      return createVllmReader(model)
    case 'llama.cpp':
      return createLlamaCppReader(model)
    case 'ollama':
      return createOllamaReader(model)
    default:
      return assertNever(engine)
  }
}
