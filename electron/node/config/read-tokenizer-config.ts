import { type RawDocument } from '#shared/architecture/raw'
import { fail, ok, type Result } from '#shared/domain/result'
import { tokenizerLimits } from './read-document'
import { walkJsonFile } from './walk-json-file'

const KEY = 'model_max_length'
/** A key may be an added token; the longest of those are lines of text. */
const MAX_KEY_BYTES = 64 * 1024

const limits = { ...tokenizerLimits, levels: 64, values: 2_000_000 }

/** Whether a `tokenizer_config.json` has such a key at its top; false also when it cannot be read. */
export function hasTokenizerKey(root: string, file: string, wanted: string): boolean {
  const walked = walkJsonFile(root, { file, limits }, (cursor) => {
    let isThere = false
    if (cursor.kind() === 'object') {
      cursor.object(MAX_KEY_BYTES, (key) => {
        isThere ||= key === wanted
        cursor.skip()
      })
    } else cursor.skip()
    return isThere
  })
  return walked.ok && walked.value
}

/**
 * `tokenizer_config.json` with nothing but its `model_max_length`: the token lists around it can be megabytes. Errors: as
 * `readJsonDocument`.
 */
export function readTokenizerLimit(root: string, file: string): Result<RawDocument> {
  const walked = walkJsonFile(root, { file, limits }, (cursor) => {
    let limit: number | string | undefined
    if (cursor.kind() !== 'object') {
      cursor.skip()
      return 'no object'
    }
    cursor.object(MAX_KEY_BYTES, (key) => {
      const kind = cursor.kind()
      if (key === KEY) limit = undefined
      if (key === KEY && kind === 'number') limit = cursor.number()
      else if (key === KEY && kind === 'text') limit = cursor.string(1_000)
      else cursor.skip()
    })
    return { limit }
  })
  if (!walked.ok) return walked
  if (walked.value === 'no object') {
    return fail('BAD_VALUE', 'This file holds no JSON object.', { path: file, hint: 'Download it again.' })
  }
  const { limit } = walked.value
  return ok({ file, json: limit === undefined ? {} : { model_max_length: limit } })
}
