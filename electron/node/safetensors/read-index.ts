import { join } from 'node:path'
import { isJsonObject, ownValue } from '#shared/domain/json'
import { fail, ok, type Result } from '#shared/domain/result'
import { checkRepoPath } from '#shared/library/repo-path'
import { indexLimits, readJsonDocument } from '../config/read-document'
import { quoteForeign } from '../library/read-fault'
import { MAX_NAME_LENGTH } from './parse-header-text'

/** `*.index.json`: which tensor is in which file, and the size the writer stated. */
export interface WeightIndex {
  readonly file: string
  readonly tensorNames: readonly string[]
  /** Relative to the folder of the index, every one checked: none leads out of it. */
  readonly shardFiles: readonly string[]
  readonly totalSize?: number
  readonly warnings: readonly string[]
}

/** Reads an index; a shard name that leads out of the folder is UNSAFE_NAME, a wrong shape BAD_VALUE. */
export function readWeightIndex(root: string, file: string): Result<WeightIndex> {
  const document = readJsonDocument(root, file, indexLimits)
  if (!document.ok) return document
  const { json } = document.value
  const map = isJsonObject(json) ? ownValue(json, 'weight_map') : undefined
  if (map === undefined || !isJsonObject(map)) {
    return fail('BAD_VALUE', 'This index has no weight_map.', { path: join(root, file), hint: 'Download it again.' })
  }
  const shardFiles = new Set<string>()
  for (const shard of Object.values(map)) {
    const safe = typeof shard === 'string' ? checkRepoPath(shard) : fail('BAD_VALUE', 'A shard name is not a text.')
    if (!safe.ok) return { ok: false, error: { ...safe.error, path: join(root, file) } }
    shardFiles.add(safe.value)
  }
  const tensorNames = Object.keys(map)
  const longest = tensorNames.reduce((length, name) => Math.max(length, name.length), 0)
  if (longest > MAX_NAME_LENGTH) {
    return fail('BAD_LENGTH', `This index names a tensor with ${longest} letters.`, {
      path: join(root, file),
      hint: 'The file is damaged or made to harm. Download it again.',
    })
  }
  const metadata = isJsonObject(json) ? ownValue(json, 'metadata') : undefined
  const stated = metadata !== undefined && isJsonObject(metadata) ? ownValue(metadata, 'total_size') : undefined
  const isUsable = typeof stated === 'number' && Number.isSafeInteger(stated) && stated > 0
  const warnings = stated !== undefined && !isUsable ? [`${quoteForeign(file)} states no usable total_size.`] : []
  return ok({
    file,
    tensorNames,
    shardFiles: [...shardFiles].sort(),
    ...(isUsable && { totalSize: stated }),
    warnings,
  })
}
