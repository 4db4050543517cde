import { type JsonObject, ownValue } from '#shared/domain/json'
import { parseEngineVersion } from '#shared/estimator/engine-version'

/** Release to its patch number: `0.14.0rc1.dev2+g7d9f` is 0.14.0. */
export function engineRelease(metrics: JsonObject): string | undefined {
  const stated = ownValue(metrics, 'engine_version')
  if (typeof stated !== 'string') return undefined
  const release = /^v?\d+\.\d+(?:\.\d+)?|^b\d+/.exec(stated)?.[0]
  return release !== undefined && parseEngineVersion(release).ok ? release : undefined
}
