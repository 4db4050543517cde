import { join } from 'node:path'
import { isJsonObject, ownValue } from '#shared/domain/json'
import { ok, type Result } from '#shared/domain/result'
import { parseYamlText, readTextFile } from './read-document'

const MAX_CARD_BYTES = 4 * 2 ** 20
const MAX_MATTER_LETTERS = 2 ** 20
/** Merges name a few dozen models. */
const MAX_BLOCK_LINES = 500

/** `base_model` of a model card's front matter; an empty list when the card has none. */
export function readCardBaseModels(root: string, file: string): Result<readonly string[]> {
  const text = readTextFile(join(root, file), { maxBytes: MAX_CARD_BYTES })
  if (!text.ok) return text
  const block = baseModelBlock(text.value)
  if (block === undefined) return ok([])
  const parsed = parseYamlText(block, join(root, file))
  if (!parsed.ok) return parsed
  const stated = isJsonObject(parsed.value) ? ownValue(parsed.value, 'base_model') : undefined
  const list = Array.isArray(stated) ? stated : [stated]
  return ok(list.filter((item) => typeof item === 'string' && item !== '') as string[]) // the filter leaves strings only
}

/**
 * The lines of `base_model` in the front matter, and no others: benchmark results beside it can be thousands of lines.
 * A key of the top level begins its line; what belongs to it is indented, or a list item, or empty.
 */
function baseModelBlock(text: string): string | undefined {
  const start = /^---\r?\n/.exec(text)?.[0].length
  if (start === undefined) return undefined
  const end = /^---[ \t]*$/m.exec(text.slice(start, start + MAX_MATTER_LETTERS).replaceAll('\r', ' '))
  if (end === null) return undefined
  const lines = text.slice(start, start + end.index).split(/\r?\n/)
  const first = lines.findIndex((line) => line.startsWith('base_model:'))
  if (first === -1) return undefined
  const rest = lines.slice(first + 1, first + MAX_BLOCK_LINES)
  const next = rest.findIndex((line) => /^[^\s-]/.test(line))
  return [lines[first], ...(next === -1 ? rest : rest.slice(0, next))].join('\n')
}
