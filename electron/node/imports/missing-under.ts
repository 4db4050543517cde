import { lstat } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { ownValue } from '#shared/domain/json'
import { type RegistryEntry } from '#shared/domain/registry'
import { systemCode } from '../files/file-error'

/** Entries whose files lay under a folder and are gone. They stay in the registry: a volume may come back. */
export async function missingUnder(root: string, entries: readonly RegistryEntry[]): Promise<readonly string[]> {
  const missing: string[] = []
  const folder = resolve(root)
  // The root of a volume ends with the separator already.
  const start = folder.endsWith(sep) ? folder : folder + sep
  for (const { name, value } of entries) {
    const path = ownValue(value, 'download_path')
    if (typeof path !== 'string' || !resolve(path).startsWith(start)) continue
    if (!(await isThere(path))) missing.push(name)
  }
  return missing
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    // Only what is certainly not there is missing; what may not be looked at is somewhere.
    return systemCode(error) !== 'ENOENT' && systemCode(error) !== 'ENOTDIR'
  }
}
