import { parse } from 'yaml'
import { isJsonObject, type Json, type JsonObject } from '#shared/domain/json'
import { fail, ok, type Result } from '#shared/domain/result'
import { type FlagLayer } from '#shared/estimator/request'
import { effectiveFlags } from '#shared/launch-args/effective-flags'
import { readText } from '../node/files/read-text'

const MAX_CONFIG_BYTES = 2 ** 20

/**
 * The flags of a file for `vllm serve --config FILE`: YAML with the names of the flags as keys; the command line wins
 * over it. Errors: BAD_VALUE and those of the file.
 */
export async function configFileFlags(path: string): Promise<Result<FlagLayer>> {
  const file = await readText(path, { maxBytes: MAX_CONFIG_BYTES })
  if (!file.ok) return file
  const keys = parseKeys(file.value.text)
  if (keys !== undefined) {
    const words = Object.entries(keys).flatMap(([key, value]) => wordsOf(key, value))
    return ok({ source: `config:${path}`, values: effectiveFlags(words, 'vllm') })
  }
  return fail('BAD_VALUE', 'This file for --config is not YAML with flags as keys.', {
    hint: 'Write it like: max-model-len: 8192',
    path,
  })
}

function parseKeys(text: string): JsonObject | undefined {
  try {
    // Aliases can blow a small file up; no launch configuration needs them.
    const value: unknown = parse(text, { maxAliasCount: 0 })
    if (value === null) return {}
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined // The caller says what is wrong with the file.
  }
}

function wordsOf(key: string, value: Json): readonly string[] {
  if (value === null) return []
  if (value === true) return [`--${key}`]
  if (value === false) return [`--no-${key}`]
  if (Array.isArray(value)) return [`--${key}`, ...value.map((item) => textOf(item))]
  return [`--${key}`, textOf(value)]
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
