import { basename, dirname, isAbsolute } from 'node:path'
import { type Inspection } from '#shared/domain/inspection'
import { isJsonObject, type Json, type JsonObject, ownValue } from '#shared/domain/json'
import { type RegistryEntry } from '#shared/domain/registry'
import { fail, ok, type Result } from '#shared/domain/result'
import { type ModelFile } from '#shared/ipc/entry-schemas'
import { roleByName } from '#shared/library/detect-format'
import { filesWithRoles } from '../library/finding'
import { type Inspector } from '../library/inspector'
import { listModelFolder } from '../library/list-model-folder'

export interface ModelFiles {
  /** Absolute path of the folder (or of the single file). */
  readonly path: string
  readonly files: readonly ModelFile[]
  readonly notes: readonly string[]
}

/** Windows keeps where a file came from beside it under this name; copied trees carry it along. */
const LEFTOVER = /:Zone\.Identifier$/
const SHARD = /^(.*)-(\d{5})-of-(\d{5})(\.[A-Za-z]+)$/

/**
 * Files of one entry: what its folder holds, with roles, beside what the entry lists. Missing shards of a set are named
 * even when nobody listed them. Errors: MISSING_DATA without a local path, and those of reading.
 */
export async function listModelFiles(entry: RegistryEntry, inspector: Inspector): Promise<Result<ModelFiles>> {
  const path = localPath(entry.value)
  if (path === undefined) {
    return fail('MISSING_DATA', 'The entry names no folder on this computer.', {
      hint: 'Locate the model, or scan the folder that holds it.',
    })
  }
  const found = await look(path, inspector)
  if (!found.ok) return found
  const { files, notes } = compareFiles(found.value.files, listedIn(entry.value))
  return ok({ path, files, notes: [...found.value.notes, ...notes] })
}

interface Found {
  readonly files: Inspection['files']
  readonly notes: readonly string[]
}

/** A model that cannot be read (a missing shard, several models in one folder) still has files to show. */
async function look(path: string, inspector: Inspector): Promise<Result<Found>> {
  const inspected = await inspector.inspect(path)
  if (inspected.ok) return ok({ files: inspected.value.files, notes: [] })
  const listed = listModelFolder(path)
  if (!listed.ok) return inspected
  const { message, hint } = inspected.error
  const why = hint === undefined ? message : `${message} ${hint}`
  return ok({
    files: filesWithRoles(listed.value.files),
    notes: [why, ...listed.value.broken, ...listed.value.warnings],
  })
}

/** Pure part: files on disk beside the names that the entry lists. */
export function compareFiles(
  found: Inspection['files'],
  listed: readonly string[],
): { readonly files: readonly ModelFile[]; readonly notes: readonly string[] } {
  const wanted = new Set(listed.filter((name) => !LEFTOVER.test(name)))
  const present = found.map((file): ModelFile => {
    const isListed = wanted.size === 0 || wanted.has(file.path) || wanted.has(basename(file.path))
    return { ...file, state: isListed ? 'present' : 'unlisted', ...shardOf(file.path) }
  })
  const names = new Set(present.flatMap(({ path }) => [path, basename(path)]))
  const missing = [...wanted, ...missingShards(present.map(({ path }) => path))].filter((name) => !names.has(name))
  const files = [...new Set(missing)].map(
    (path): ModelFile => ({ path, role: roleByName(path), state: 'missing', ...shardOf(path) }),
  )
  const leftovers = listed.length - listed.filter((name) => !LEFTOVER.test(name)).length
  const notes =
    leftovers === 0 ? [] : [`${leftovers} listed names are leftovers of a Windows download and are ignored.`]
  return { files: [...present, ...files].sort((left, right) => (left.path < right.path ? -1 : 1)), notes }
}

/** Files that go with the model when a person says so: those that make it up, not what else lies in the folder. */
export function deletableFiles(files: readonly ModelFile[]): readonly ModelFile[] {
  return files.filter((file) => file.state === 'present' && file.role !== 'other')
}

/** The folder in which relative names of the entry stand. */
export function folderOf({ path, files }: Pick<ModelFiles, 'path' | 'files'>): string {
  return files.some((file) => file.path === basename(path)) && files.length === 1 ? dirname(path) : path
}

function shardOf(path: string): { shard?: { index: number; total: number } } {
  const match = SHARD.exec(path)
  return match === null ? {} : { shard: { index: Number(match[2]), total: Number(match[3]) } }
}

const MOST_SHARDS = 2000

/** `a-00001-of-00003` without its brothers: the names of those that are not there. */
function missingShards(paths: readonly string[]): readonly string[] {
  const present = new Set(paths)
  const missing = new Set<string>()
  for (const path of paths) {
    const [, stem, , total = '', extension] = SHARD.exec(path) ?? []
    if (stem === undefined || Number(total) > MOST_SHARDS) continue
    for (let index = 1; index <= Number(total); index += 1) {
      const name = `${stem}-${String(index).padStart(5, '0')}-of-${total}${extension}`
      if (!present.has(name)) missing.add(name)
    }
  }
  return [...missing]
}

function localPath(value: JsonObject): string | undefined {
  const config = ownValue(value, 'backend_config')
  const candidates = [
    ownValue(value, 'download_path'),
    isJsonObject(config) ? ownValue(config, 'model_path') : undefined,
  ]
  return candidates.find((path): path is string => typeof path === 'string' && isAbsolute(path) && !path.includes('\0'))
}

function listedIn(value: JsonObject): readonly string[] {
  const listed = ownValue(value, 'download_files')
  const items: readonly Json[] = Array.isArray(listed) ? listed : []
  return items.filter((item) => typeof item === 'string')
}
