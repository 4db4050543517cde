import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Writes a new file that holds only the first bytes of a larger one and has its size (sparse where the file system can):
 * readers of headers see what they would see of the whole. Throws the system's error; an existing name is EEXIST.
 */
export async function writeHeaderFile(path: string, prefix: Uint8Array, bytes: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await open(path, 'wx', 0o600)
  try {
    await writeWhole(file, prefix)
    if (bytes !== prefix.length) await file.truncate(bytes)
  } finally {
    await file.close()
  }
}

async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, done)
    done += bytesWritten
  }
}

/** Removes a folder of the program's own with everything in it. */
export async function removeOwnFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true })
}
