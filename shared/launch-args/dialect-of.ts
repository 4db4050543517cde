import { type FlagDialect } from './catalogue'

/** Whose launch flags an entry holds, by its `backend`. Backends without a table of their own are read like vLLM. */
export function dialectOf(backend: string): FlagDialect {
  const name = backend.toLowerCase().replace(/[^a-z]/g, '')
  if (name === 'ollama') return 'ollama'
  if (['gguf', 'llamacpp', 'llamaserver'].includes(name)) return 'llama.cpp'
  return 'vllm'
}
