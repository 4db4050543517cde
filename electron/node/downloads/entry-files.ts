import { stat } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { isJsonObject, type Json, ownValue } from '#shared/domain/json'
import { type RegistryEntry } from '#shared/domain/registry'
import { checkRepoPath } from '#shared/library/repo-path'
import { systemCode } from '../files/file-error'

/** Where the files of an entry lie; absent for entries that name no place on this disk. */
export async function folderOf(entry: RegistryEntry): Promise<string | undefined> {
  const path = ownValue(entry.value, 'download_path')
  if (typeof path !== 'string' || !isAbsolute(path)) return undefined
  try {
    return (await stat(path)).isDirectory() ? path : dirname(path)
  } catch (error) {
    if (systemCode(error) !== undefined) return /\.gguf$/i.test(path) ? dirname(path) : path
    throw error
  }
}

/** `artifacts.files` with usable names and hashes; a name that leads out of the folder is left out. */
export function artifactsOf(entry: RegistryEntry): readonly { readonly path: string; readonly sha256: string }[] {
  const artifacts = ownValue(entry.value, 'artifacts')
  const files = isJsonObject(artifacts) ? ownValue(artifacts, 'files') : undefined
  return listOf(files).flatMap((file) => {
    const path = isJsonObject(file) ? ownValue(file, 'path') : undefined
    const sha256 = isJsonObject(file) ? ownValue(file, 'sha256') : undefined
    const isUsable = typeof path === 'string' && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256)
    return isUsable && checkRepoPath(path).ok ? [{ path, sha256 }] : []
  })
}

/** `download_files` with safe names. */
export function downloadFilesOf(entry: RegistryEntry): readonly string[] {
  const files = listOf(ownValue(entry.value, 'download_files'))
  return files.filter((file): file is string => typeof file === 'string' && checkRepoPath(file).ok)
}

export function inFolder(folder: string, path: string): string {
  return join(folder, ...path.split('/'))
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [] // Array.isArray widens a readonly list to any[]
}
