import { isJsonObject, type JsonObject, ownValue } from '#shared/domain/json'
import { fail, ok, type Result } from '#shared/domain/result'
import { type EngineId } from '#shared/estimator/request'
import { tokenize } from '#shared/launch-args/tokenize'
import { findExecutable } from '../hardware/find-executable'
import { type World } from '../world'

export interface EngineCommand {
  readonly file: string
  readonly args: readonly string[]
}

/** Engines that are programs of one model each; Ollama's server loads models on request. */
export type ServedEngine = Exclude<EngineId, 'ollama'>

/** Programs, and the variables that name another one. */
const programs: Readonly<Record<ServedEngine, { readonly name: string; readonly variable: string }>> = {
  vllm: { name: 'vllm', variable: 'HEADROOM_VLLM' },
  'llama.cpp': { name: 'llama-server', variable: 'HEADROOM_LLAMA_SERVER' },
}

/**
 * Command line that starts an entry: its model, its port, its `extra_args` exactly as they stand, then what the user
 * adds. Errors: UNAVAILABLE (the engine is not installed), MISSING_DATA (the entry names no model).
 */
export function engineCommand(
  entry: { readonly value: JsonObject; readonly engine: ServedEngine; readonly extraArgs: readonly string[] | string },
  added: readonly string[],
  world: Pick<World, 'env' | 'platform'>,
): Result<EngineCommand> {
  const { name, variable } = programs[entry.engine]
  const chosen = world.env[variable]
  const file = chosen !== undefined && chosen !== '' ? chosen : findExecutable(name, world)
  if (file === undefined) {
    return fail('UNAVAILABLE', `${name} is not installed.`, { hint: `Put it on PATH, or name it with ${variable}.` })
  }
  const model = modelOf(entry.value)
  if (model === undefined) {
    return fail('MISSING_DATA', 'The entry does not say which model to load.', {
      hint: 'Set backend_config.model_path or download_path.',
    })
  }
  const own = tokenize(entry.extraArgs).tokens.map((token) => token.text)
  const head = entry.engine === 'vllm' ? ['serve', model] : ['-m', model]
  return ok({ file, args: [...head, ...addressOf(entry.value), ...own, ...added] })
}

/** Path on disk, else the repository that the entry comes from. */
function modelOf(value: JsonObject): string | undefined {
  const config = ownValue(value, 'backend_config')
  const source = ownValue(value, 'source')
  const candidates = [
    isJsonObject(config) ? ownValue(config, 'model_path') : undefined,
    ownValue(value, 'download_path'),
    isJsonObject(source) ? ownValue(source, 'huggingface_id') : source,
  ]
  return candidates.find((one): one is string => typeof one === 'string' && one !== '' && one !== 'None')
}

/** Port 0 means that none is set. */
function addressOf(value: JsonObject): readonly string[] {
  const config = ownValue(value, 'backend_config')
  const port = isJsonObject(config) ? ownValue(config, 'port') : undefined
  return typeof port === 'number' && port > 0 ? ['--port', String(port)] : []
}
