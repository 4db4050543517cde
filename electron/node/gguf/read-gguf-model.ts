import { join } from 'node:path'
import { type GgufFacts, type GgufTensor } from '#shared/architecture/raw'
import { fail, ok, type Result } from '#shared/domain/result'
import { parseShardName } from '#shared/library/detect-format'
import { quoteForeign } from '../library/read-fault'
import { type GgufHeader, readGgufHeader } from './read-gguf-header'

export type HeaderReader = (path: string) => Result<GgufHeader>

/**
 * Headers of all `files` (shards in order, or one file) folded into the facts of one model. Shards that do not belong
 * together, a renamed part of a split model, or a wrong tensor total are BAD_VALUE or INCOMPLETE_DATA.
 */
export function readGgufModel(
  root: string,
  files: readonly string[],
  readHeader: HeaderReader = readGgufHeader,
): Result<GgufFacts> {
  const headers: GgufHeader[] = []
  for (const [index, file] of files.entries()) {
    const header = readHeader(join(root, file))
    if (!header.ok) return header
    const problem = shardProblem(header.value, { index, count: files.length, file })
    if (problem !== undefined) return { ok: false, error: { ...problem.error, path: join(root, file) } }
    headers.push(header.value)
  }
  const [first] = headers
  if (first === undefined) return fail('NOT_FOUND', 'No GGUF file was named.')
  return foldShards(first, headers, files)
}

/** A shard says which part of how many it is (`split.no` counts from 0); it must be what its name promises. */
function shardProblem(
  { metadata }: GgufHeader,
  expected: { readonly index: number; readonly count: number; readonly file: string },
): ReturnType<typeof fail> | undefined {
  const count = metadata['split.count']
  const number = metadata['split.no']
  if (typeof count !== 'number' || count <= 1) {
    if (expected.count === 1) return undefined
    return fail(
      'BAD_VALUE',
      `${quoteForeign(expected.file)} is not part of a split model, although its name says so.`,
      {
        hint: 'Download the file again.',
      },
    )
  }
  if (count === expected.count && number === expected.index) return undefined
  const part = typeof number === 'number' ? number + 1 : 'one'
  if (expected.count === 1 && parseShardName(expected.file) === undefined) {
    return fail(
      'INCOMPLETE_DATA',
      `This file is part ${part} of ${count} of a split model, and its name was changed.`,
      {
        hint: 'Download all parts and keep their names.',
      },
    )
  }
  return fail('BAD_VALUE', `${quoteForeign(expected.file)} holds part ${part} of ${count}, not what its name says.`, {
    hint: 'The parts were mixed up. Download the model again.',
  })
}

function foldShards(first: GgufHeader, headers: readonly GgufHeader[], files: readonly string[]): Result<GgufFacts> {
  const tensors: GgufTensor[] = headers.flatMap((header) => header.tensors)
  const names = new Set(tensors.map((tensor) => tensor.name))
  if (names.size !== tensors.length) {
    return fail(
      'BAD_VALUE',
      'The parts of this split model hold the same tensor twice: they belong to different models.',
      {
        hint: 'Download the model again.',
      },
    )
  }
  const total = first.metadata['split.tensors.count']
  if (files.length > 1 && typeof total === 'number' && total !== tensors.length) {
    return fail(
      'BAD_VALUE',
      `The parts of this split model hold ${tensors.length} tensors, the first part says ${total}.`,
      {
        hint: 'The parts belong to different models. Download the model again.',
      },
    )
  }
  return ok({
    file: files[0] ?? '',
    files,
    version: first.version,
    byteOrder: first.byteOrder,
    metadata: first.metadata,
    arrayLengths: first.arrayLengths,
    tensors,
    unknownTypes: [...new Set(headers.flatMap((header) => header.unknownTypes))],
    warnings: [...new Set(headers.flatMap((header) => header.warnings))],
  })
}
