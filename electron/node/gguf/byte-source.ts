import { readFully } from '../library/open-regular-file'
import { ReadFault } from '../library/read-fault'

/** Where header bytes come from: an open file, or the first bytes of a remote one. */
export interface ByteSource {
  /** Size of the whole file, also when only its beginning is at hand. */
  readonly bytes: number
  /**
   * Reads from `position` into `into` and returns how many bytes came: all, or at least `least` when only a beginning
   * of the file is at hand. Throws when not even those are there.
   */
  read(into: Uint8Array, position: number, least: number): number
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
      return done
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
    read(into, position, least) {
      if (position + least > prefix.length) throw new PrefixTooShort(position + least)
      const available = prefix.subarray(position, position + into.length)
      into.set(available)
      return available.length
    },
  }
}
