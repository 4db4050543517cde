// Just enough of the zip format to unpack an Electron: stored and deflated entries, no zip64, no encryption.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

const endRecordSignature = Buffer.from([0x50, 0x4b, 5, 6])
const endRecordMaxBytes = 65_557
const centralHeaderBytes = 46
const localHeaderBytes = 30
const deflated = 8

/** Calls `visit({ name, mode, read })` for each entry; `read()` returns its bytes and works only during the call. */
export function eachZipEntry(file, visit) {
  const handle = openSync(file, 'r')
  try {
    const { directory, count } = readDirectory(handle, file)
    let at = 0
    for (let index = 0; index < count; index++) {
      const nameBytes = directory.readUInt16LE(at + 28)
      const name = directory.toString('utf8', at + centralHeaderBytes, at + centralHeaderBytes + nameBytes)
      const mode = directory.readUInt32LE(at + 38) >>> 16
      const header = at
      visit({ name, mode, read: () => readEntry(handle, directory, header) })
      at += centralHeaderBytes + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
    }
  } finally {
    closeSync(handle)
  }
}

function readDirectory(handle, file) {
  const size = fstatSync(handle).size
  const tail = readAt(handle, Math.max(0, size - endRecordMaxBytes), Math.min(size, endRecordMaxBytes))
  const end = tail.lastIndexOf(endRecordSignature)
  if (end < 0) throw new Error(`not a zip file: ${file}`)
  const directory = readAt(handle, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
  return { directory, count: tail.readUInt16LE(end + 10) }
}

function readEntry(handle, directory, at) {
  const offset = directory.readUInt32LE(at + 42)
  const local = readAt(handle, offset, localHeaderBytes)
  const start = offset + localHeaderBytes + local.readUInt16LE(26) + local.readUInt16LE(28)
  const data = readAt(handle, start, directory.readUInt32LE(at + 20))
  return directory.readUInt16LE(at + 10) === deflated ? inflateRawSync(data) : data
}

function readAt(handle, position, length) {
  const buffer = Buffer.alloc(length)
  const got = readSync(handle, buffer, 0, length, position)
  if (got !== length) throw new Error('the zip file is cut short')
  return buffer
}
