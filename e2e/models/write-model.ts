import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'

export type FileContent = string | Uint8Array | object

/** Writes a model folder: texts and bytes as they are, other objects as JSON. Names may hold `/`. */
export function writeModelFolder(root: string, files: Readonly<Record<string, FileContent>>): string {
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name)
    mkdirSync(dirname(path), { recursive: true })
    const isPlain = typeof content === 'string' || content instanceof Uint8Array
    writeFileSync(path, isPlain ? content : JSON.stringify(content))
  }
  return root
}

/** A file that begins with `header` and is `bytes` long without taking the space. */
export function writeSparseFile(path: string, header: Uint8Array, bytes: number): string {
  mkdirSync(dirname(path), { recursive: true })
  const descriptor = openSync(path, 'w')
  try {
    writeSync(descriptor, header)
    ftruncateSync(descriptor, bytes)
  } finally {
    closeSync(descriptor)
  }
  return path
}
