import { join } from 'node:path'
import { isJsonObject, ownValue } from '#shared/domain/json'
import { ok, type Result } from '#shared/domain/result'
import { parseYamlText, readTextFile } from './read-document'

const MAX_CARD_BYTES = 4 * 2 ** 20

/** `base_model` of a model card's front matter; an empty list when the card has none. */
export function readCardBaseModels(root: string, file: string): Result<readonly string[]> {
  const text = readTextFile(join(root, file), { maxBytes: MAX_CARD_BYTES })
  if (!text.ok) return text
  const matter = /^---\r?\n([\s\S]*?)\r?\n---(?:\r?\n|$)/.exec(text.value)?.[1]
  if (matter === undefined) return ok([])
  const parsed = parseYamlText(matter, join(root, file))
  if (!parsed.ok) return parsed
  const stated = isJsonObject(parsed.value) ? ownValue(parsed.value, 'base_model') : undefined
  const list = Array.isArray(stated) ? stated : [stated]
  return ok(list.filter((item) => typeof item === 'string' && item !== '') as string[]) // the filter leaves strings only
}
