import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { type ModelView } from '#shared/domain/model-view'
import { type Sourced } from '#shared/domain/provenance'
import { fail, ok, type Result } from '#shared/domain/result'
import { type EngineId, engineIds } from '#shared/estimator/request'

/** Spellings of an engine that registries and people use; every key is lower case. */
const spellings: Readonly<Record<string, EngineId>> = {
  vllm: 'vllm',
  ollama: 'ollama',
  'llama.cpp': 'llama.cpp',
  llamacpp: 'llama.cpp',
  'llama-cpp': 'llama.cpp',
  llama_cpp: 'llama.cpp',
  'llama-server': 'llama.cpp',
  gguf: 'llama.cpp',
}

/** Engine that a backend name means, or `undefined` when Headroom has no model of that backend. */
export function engineOfBackend(backend: string): EngineId | undefined {
  const key = backend.trim().toLowerCase()
  return Object.hasOwn(spellings, key) ? spellings[key] : undefined
}

/** Reads `--engine`. Error: UNSUPPORTED_ENGINE. */
export function parseEngine(text: string): Result<EngineId> {
  const engine = engineOfBackend(text)
  if (engine !== undefined) return ok(engine)
  return fail('UNSUPPORTED_ENGINE', `"${text}" is not an engine that Headroom can estimate.`, {
    hint: `Use one of ${engineIds.join(', ')}.`,
  })
}

function isGguf(model: ModelView | undefined, architecture: ArchitectureMetadata): boolean {
  return model?.format?.toLowerCase() === 'gguf' || architecture.source === 'gguf'
}

/**
 * Engine of an estimate: asked for, else the entry's backend, else what the file format runs on (a GGUF on llama.cpp,
 * anything else on vLLM), with its origin. Error: UNSUPPORTED_ENGINE for a backend that has no memory model here.
 */
export function chooseEngine(input: {
  readonly engine?: EngineId
  readonly model?: ModelView
  readonly architecture: ArchitectureMetadata
}): Result<Sourced<EngineId>> {
  const { engine, model, architecture } = input
  if (engine !== undefined) return ok({ value: engine, source: 'flag' })
  const backend = model?.backend ?? 'unassigned'
  const known = engineOfBackend(backend)
  if (known !== undefined) return ok({ value: known, source: 'backend' })
  if (backend !== 'unassigned' && backend !== '') {
    return fail('UNSUPPORTED_ENGINE', `The backend "${backend}" of this model has no memory model here.`, {
      hint: 'Choose an engine yourself: --engine vllm, llama.cpp or ollama.',
    })
  }
  return isGguf(model, architecture)
    ? ok({ value: 'llama.cpp', source: 'default:GGUF file' })
    : ok({ value: 'vllm', source: 'default:no backend assigned' })
}
