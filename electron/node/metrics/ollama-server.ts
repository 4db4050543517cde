import { isJsonObject, type JsonObject, ownValue } from '#shared/domain/json'
import { type World } from '../world'

const DEFAULT_PORT = 11434

/**
 * Address of the running Ollama: `OLLAMA_HOST` in any of its forms (`host`, `:port`, `http://host:port`), else the port
 * of the entry or 11434 on this computer. A server that listens everywhere is asked on this computer.
 */
export function ollamaAddress(entry: JsonObject, { env }: Pick<World, 'env'>): string {
  const named = env['OLLAMA_HOST']?.trim().replace(/^["']|["']$/g, '')
  if (named !== undefined && named !== '') return fromVariable(named)
  const config = ownValue(entry, 'backend_config')
  const port = isJsonObject(config) ? ownValue(config, 'port') : undefined
  return `http://127.0.0.1:${typeof port === 'number' && port > 0 ? port : DEFAULT_PORT}`
}

/** As Ollama's own client reads it: without a scheme the port is 11434, with one it is that of the scheme. */
function fromVariable(text: string): string {
  const scheme = /^(https?):\/\//.exec(text)?.[1]
  const rest = text.slice(scheme === undefined ? 0 : scheme.length + 3)
  const [place = '', ...path] = rest.split('/')
  const isBareAddress = /^[0-9a-f:]*::[0-9a-f:.]*$/i.test(place)
  const port = isBareAddress ? undefined : /:(\d+)$/.exec(place)?.[1]
  const name = port === undefined ? place.replace(/:$/, '') : place.slice(0, -port.length - 1)
  const bare = isBareAddress ? `[${place}]` : name
  const host = ['', '0.0.0.0', '[::]'].includes(bare) ? '127.0.0.1' : bare
  const at = port ?? (scheme === undefined ? String(DEFAULT_PORT) : undefined)
  const tail = path.length === 0 ? '' : `/${path.join('/')}`
  return `${scheme ?? 'http'}://${host}${at === undefined ? '' : `:${at}`}${tail}`
}

/** The tag by which Ollama knows an entry: `ollama:TAG` of its paths, else its served id. */
export function ollamaTag(value: JsonObject): string | undefined {
  const config = ownValue(value, 'backend_config')
  const paths = [isJsonObject(config) ? ownValue(config, 'model_path') : undefined, ownValue(value, 'download_path')]
  for (const path of paths) {
    const tag = typeof path === 'string' ? /^ollama:\/*(.+)$/.exec(path)?.[1] : undefined
    if (tag !== undefined) return tag
  }
  const served = ownValue(value, 'served_model_id')
  return typeof served === 'string' && served !== '' && served !== 'None' ? served : undefined
}
