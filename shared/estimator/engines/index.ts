import { type EngineId } from '../request'
import { type EngineEstimator } from './engine'
import { llamaCpp } from './llama-cpp'
import { ollama } from './ollama'
import { vllm } from './vllm'
import { withMargin } from './with-margin'

/** Every engine with a memory model; a new engine is a line here (and the property suite runs over it). */
export const engines: Readonly<Record<EngineId, EngineEstimator>> = {
  vllm: withMargin(vllm),
  'llama.cpp': withMargin(llamaCpp),
  ollama: withMargin(ollama),
}
