import { readFully } from '../library/open-regular-file'
import { ReadFault } from '../library/read-fault'

/** Where header bytes come from: an open file, or the first bytes of a remote one. */
export interface ByteSource {
  /** Size of the whole file, also when only its beginning is at hand. */
  readonly bytes: number
  /** Fills `into` from `position`; throws `ReadFault` when the bytes are not there. */
  read(into: Uint8Array, position: number): void
}

/** Counts what was read, for the benchmark and for tests. */
export interface ReadCount {
  bytes: number
  calls: number
}

export function fileSource(descriptor: number, bytes: number, count?: ReadCount): ByteSource {
  return {
    bytes,
    read(into, position) {
      const done = readFully(descriptor, into, position)
      if (count !== undefined) {
        count.bytes += done
        count.calls += 1
      }
      if (done < into.length) {
        throw new ReadFault('CHANGED_WHILE_READING', 'The file became shorter while it was being read.', {
          offset: position + done,
          hint: 'Wait until the download or copy has finished, then try again.',
        })
      }
    },
  }
}

/** The beginning at hand does not reach far enough; `neededBytes` from the start of the file would do. */
export class PrefixTooShort extends Error {
  readonly neededBytes: number
  constructor(neededBytes: number) {
    super(`${neededBytes} bytes are needed`)
    this.neededBytes = neededBytes
  }
}

/** The first bytes of a file of `bytes` bytes (all of them, when `bytes` is left out). */
export function memorySource(prefix: Uint8Array, bytes = prefix.length): ByteSource {
  return {
    bytes,
    read(into, position) {
      if (position + into.length > prefix.length) throw new PrefixTooShort(position + into.length)
      into.set(prefix.subarray(position, position + into.length))
    },
  }
}
