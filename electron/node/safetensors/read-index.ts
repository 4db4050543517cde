import { type Result } from '#shared/domain/result'
import { checkRepoPath } from '#shared/library/repo-path'
import { type JsonCursor } from '../config/json-cursor'
import { indexLimits } from '../config/read-document'
import { walkJsonFile } from '../config/walk-json-file'
import { quoteForeign, ReadFault } from '../library/read-fault'
import { MAX_NAME_CHARACTERS, MAX_NAME_LENGTH } from './parse-header-text'

/** `*.index.json`: which tensor is in which file, and the size the writer stated. */
export interface WeightIndex {
  readonly file: string
  readonly tensorNames: readonly string[]
  /** Relative to the folder of the index, every one checked: none leads out of it. */
  readonly shardFiles: readonly string[]
  readonly totalSize?: number
  readonly warnings: readonly string[]
}

/** Longer than any path that `checkRepoPath` allows. */
const MAX_PATH_BYTES = 16 * 1024
/** Releases have up to a few hundred. */
const MAX_SHARDS = 20_000
/** All shards of the largest releases together. */
const MAX_TENSORS = 300_000
const damaged = 'The file is damaged or made to harm. Download it again.'

/** Reads an index; a shard name that leads out of the folder is UNSAFE_NAME, a wrong shape BAD_VALUE. */
export function readWeightIndex(root: string, file: string): Result<WeightIndex> {
  return walkJsonFile(root, { file, limits: { ...indexLimits, levels: 8, values: 100_000 } }, (cursor) => {
    const found: Found = { names: new Set(), shards: new Set(), characters: 0 }
    if (cursor.kind() !== 'object') throw bad('This index holds no JSON object', cursor.offset)
    cursor.object(MAX_PATH_BYTES, (key) => readMember(cursor, { key, found }))
    if (found.hasMap !== true) throw bad('This index has no weight_map', 0)
    const { stated } = found
    const isUsable = typeof stated === 'number' && Number.isSafeInteger(stated) && stated > 0
    const warnings = stated !== undefined && !isUsable ? [`${quoteForeign(file)} states no usable total_size.`] : []
    return {
      file,
      tensorNames: [...found.names],
      shardFiles: [...found.shards].sort(),
      ...(isUsable && { totalSize: stated }),
      warnings,
    }
  })
}

interface Found {
  readonly names: Set<string>
  readonly shards: Set<string>
  /** Of all names together. */
  characters: number
  hasMap?: boolean
  /** `metadata.total_size`, or that it is no number. */
  stated?: number | 'no number'
}

function readMember(cursor: JsonCursor, { key, found }: { readonly key: string; readonly found: Found }): void {
  const isObject = cursor.kind() === 'object'
  if (key === 'weight_map' && isObject) {
    found.hasMap = true
    cursor.object(MAX_NAME_LENGTH * 6, (name, offset) => readTensor(cursor, { name, offset, found }))
  } else if (key === 'metadata' && isObject) {
    cursor.object(MAX_PATH_BYTES, (name) => {
      const isNumber = cursor.kind() === 'number'
      if (name === 'total_size') found.stated = isNumber ? cursor.number() : 'no number'
      if (name !== 'total_size' || !isNumber) cursor.skip()
    })
  } else cursor.skip()
}

function readTensor(
  cursor: JsonCursor,
  { name, offset, found }: { readonly name: string; readonly offset: number; readonly found: Found },
): void {
  found.characters += name.length
  const isTooMuch = found.names.size >= MAX_TENSORS || found.characters > 2 * MAX_NAME_CHARACTERS
  if (name.length > MAX_NAME_LENGTH) {
    throw new ReadFault('BAD_LENGTH', `This index names a tensor with ${name.length} letters.`, {
      offset,
      hint: damaged,
    })
  }
  if (isTooMuch)
    throw new ReadFault('LIMIT', 'This index names more tensors than any model has.', { offset, hint: damaged })
  found.names.add(name)
  if (cursor.kind() !== 'text') throw bad('A shard name is not a text', offset)
  const shard = cursor.string(MAX_PATH_BYTES)
  if (found.shards.has(shard)) return
  const safe = checkRepoPath(shard)
  if (!safe.ok) throw new ReadFault(safe.error.code, safe.error.message, { offset, hint: safe.error.hint ?? damaged })
  if (found.shards.size >= MAX_SHARDS) {
    throw new ReadFault('LIMIT', 'This index names more files than any model has.', { offset, hint: damaged })
  }
  found.shards.add(safe.value)
}

function bad(message: string, offset: number): ReadFault {
  return new ReadFault('BAD_VALUE', `${message}.`, { offset, hint: 'Download it again.' })
}
