import { ggmlTensorBytes, ggmlTypes, ggmlTypesNeverInFiles } from '#shared/architecture/ggml-types'
import { type GgufTensor } from '#shared/architecture/raw'
import { quoteForeign, ReadFault } from '../library/read-fault'
import { type ByteCursor, badLength } from './byte-cursor'
import { type HeaderNotes } from './header-notes'
import { ggufLimits } from './limits'

/**
 * ik_llama.cpp numbers its own types from 131 on (the highest known is 399). They cannot be sized, yet their files are
 * readable; an id outside this range is a damaged file or a type that did not exist when this was written.
 */
const FIRST_FORK_TYPE = 131
const LAST_FORK_TYPE = 511

export interface TensorTable {
  readonly tensors: readonly GgufTensor[]
  /** Where the data of tensor i begins, from the start of the data section. */
  readonly offsets: readonly number[]
  readonly unknownTypes: readonly number[]
}

/** Reads `count` tensor infos; data bytes are never touched. Throws `ReadFault`. */
export function readTensors(
  cursor: ByteCursor,
  options: { readonly count: number; readonly lengthWidth: 4 | 8; readonly notes: HeaderNotes },
): TensorTable {
  const tensors: GgufTensor[] = []
  const offsets: number[] = []
  const names = new Set<string>()
  const unknownTypes = new Set<number>()
  for (let index = 0; index < options.count; index++) {
    const start = cursor.position
    const { tensor, dataOffset } = readTensor(cursor, options)
    if (names.has(tensor.name)) {
      throw badTensor('BAD_VALUE', `The tensor ${quoteForeign(tensor.name)} is listed twice.`, start)
    }
    names.add(tensor.name)
    if (tensor.bytes === undefined) unknownTypes.add(tensor.type)
    tensors.push(tensor)
    offsets.push(dataOffset)
  }
  return { tensors, offsets, unknownTypes: [...unknownTypes] }
}

function readTensor(
  cursor: ByteCursor,
  { lengthWidth, notes }: { readonly lengthWidth: 4 | 8; readonly notes: HeaderNotes },
): { readonly tensor: GgufTensor; readonly dataOffset: number } {
  const start = cursor.position
  const nameBytes = cursor.size(lengthWidth, 'The length of a tensor name')
  if (nameBytes > ggufLimits.tensorNameBytes) {
    throw badTensor('BAD_LENGTH', `A tensor name is ${nameBytes} bytes long.`, start)
  }
  notes.keep(nameBytes, start)
  const name = notes.text(cursor.text(nameBytes))
  const dims = readDims(cursor, name, lengthWidth)
  const typeOffset = cursor.position
  const type = cursor.u32()
  const dataOffset = cursor.size(8, 'The offset of a tensor')
  const bytes = tensorBytes({ name, dims, type }, typeOffset)
  return { tensor: { name, dims, type, ...(bytes === undefined ? {} : { bytes }) }, dataOffset }
}

function readDims(cursor: ByteCursor, name: string, width: 4 | 8): number[] {
  const offset = cursor.position
  const count = cursor.u32()
  if (count > ggufLimits.dims) {
    throw badTensor('LIMIT', `The tensor ${quoteForeign(name)} claims ${count} dimensions; ggml has at most 4.`, offset)
  }
  const dims: number[] = []
  let elements = 1
  for (let index = 0; index < count; index++) {
    const size = cursor.size(width, 'A dimension of a tensor')
    if (size === 0) throw badTensor('BAD_VALUE', `The tensor ${quoteForeign(name)} has a dimension of 0.`, offset)
    elements *= size
    dims.push(size)
  }
  if (!Number.isSafeInteger(elements)) {
    throw badLength(`The tensor ${quoteForeign(name)} claims ${elements} elements`, offset)
  }
  return dims
}

/** Bytes of the tensor; `undefined` for a type of ik_llama.cpp, which is never guessed. */
function tensorBytes(tensor: GgufTensor, offset: number): number | undefined {
  const { name, type, dims } = tensor
  if (ggmlTypesNeverInFiles.has(type)) {
    throw badTensor(
      'BAD_TYPE',
      `The tensor ${quoteForeign(name)} has type ${type}, which exists only in memory.`,
      offset,
    )
  }
  const known = ggmlTypes.get(type)
  if (known === undefined) {
    if (type >= FIRST_FORK_TYPE && type <= LAST_FORK_TYPE) return undefined
    throw new ReadFault('BAD_TYPE', `The tensor ${quoteForeign(name)} has the unknown type ${type}.`, {
      offset,
      hint: 'The file is damaged, or its quantisation is newer than this program. Download it again or look for an update.',
    })
  }
  if ((dims[0] ?? 1) % known.blockElements !== 0) {
    const message = `The rows of tensor ${quoteForeign(name)} do not divide into blocks of ${known.name}.`
    throw badTensor('BAD_VALUE', message, offset)
  }
  const bytes = ggmlTensorBytes(type, dims)
  if (bytes === undefined) throw badLength(`The tensor ${quoteForeign(name)} is too large`, offset)
  return bytes
}

/** Every tensor must lie aligned inside the file, none over another. Throws `ReadFault`. */
export function checkPlacement(
  table: TensorTable,
  place: { readonly dataOffset: number; readonly alignment: number; readonly fileBytes: number },
): void {
  const { dataOffset, alignment, fileBytes } = place
  const order = table.offsets.map((_, index) => index)
  order.sort((left, right) => (table.offsets[left] ?? 0) - (table.offsets[right] ?? 0))
  let end = 0
  for (const index of order) {
    const offset = table.offsets[index] ?? 0
    const tensor = table.tensors[index]
    if (tensor === undefined) continue
    if (offset % alignment !== 0) {
      throw badTensor(
        'BAD_VALUE',
        `The data of tensor ${quoteForeign(tensor.name)} is not aligned to ${alignment}.`,
        dataOffset + offset,
      )
    }
    if (offset < end)
      throw badTensor(
        'BAD_VALUE',
        `The data of tensor ${quoteForeign(tensor.name)} overlaps another.`,
        dataOffset + offset,
      )
    // A type that cannot be sized takes at least a byte.
    end = offset + (tensor.bytes ?? 1)
    if (!Number.isSafeInteger(dataOffset + end))
      throw badLength(`The data of tensor ${quoteForeign(tensor.name)} ends too far`, dataOffset)
  }
  if (table.tensors.length > 0 && dataOffset + end > fileBytes) {
    throw new ReadFault(
      'INCOMPLETE_DATA',
      `This file is incomplete: its tensors need ${dataOffset + end} bytes, the file has ${fileBytes}.`,
      { offset: fileBytes, hint: 'The download did not finish. Download the file again.' },
    )
  }
}

function badTensor(
  code: 'BAD_VALUE' | 'BAD_LENGTH' | 'BAD_TYPE' | 'LIMIT',
  message: string,
  offset: number,
): ReadFault {
  return new ReadFault(code, message, { offset, hint: 'The file is damaged. Download it again.' })
}
