import { homedir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { ok, type Result } from '#shared/domain/result'
import { readText } from '../files/read-text'
import { findModels, nameOfFound } from '../library/find-models'
import { type World } from '../world'
import { type Candidates } from './candidate'

/** LM Studio's models: below the home that it names in a pointer file, else `~/.lmstudio`. */
export async function lmStudioFolder(home = homedir()): Promise<string> {
  const pointer = await readText(join(home, '.lmstudio-home-pointer'), { maxBytes: 4096 })
  const named = pointer.ok ? pointer.value.text.trim() : ''
  return join(named === '' ? join(home, '.lmstudio') : named, 'models')
}

/** llama.cpp's cache: `LLAMA_CACHE`, else the cache folder of the platform. */
export function llamaCache({ env, platform }: Pick<World, 'env' | 'platform'>, home = homedir()): string {
  const chosen = env['LLAMA_CACHE']
  if (chosen !== undefined && chosen !== '') return chosen
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'llama.cpp')
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'llama.cpp')
  return join(env['XDG_CACHE_HOME'] || join(home, '.cache'), 'llama.cpp')
}

/** Models under a folder laid out as `owner/repository/files` (LM Studio); the layout names the repository. */
export async function findInOwnerFolders(root: string): Promise<Result<Candidates>> {
  const models = await findModels(root)
  if (!models.ok) return models
  const found = models.value.paths.map((path) => {
    const [owner, repository] = relative(root, path).split(sep)
    const isKnown = owner !== undefined && repository !== undefined && !/\.gguf$/i.test(repository)
    const source = isKnown ? { huggingface_id: `${owner}/${repository}` } : null
    return { name: nameOfFound(path), path, entry: { source, source_provider: isKnown ? 'hf' : null }, weights: [] }
  })
  return ok({ found, skipped: skippedFolders(models.value.skipped) })
}

/** Models anywhere under a folder whose layout says nothing about them. */
export async function findInFolder(root: string): Promise<Result<Candidates>> {
  const models = await findModels(root)
  if (!models.ok) return models
  const found = models.value.paths.map((path) => ({ name: nameOfFound(path), path, entry: {}, weights: [] }))
  return ok({ found, skipped: skippedFolders(models.value.skipped) })
}

/** Files of llama.cpp's cache are named `owner_repository_file.gguf`; that cannot be split for certain. */
export function findInLlamaCache(root: string): Promise<Result<Candidates>> {
  return findInFolder(root)
}

function skippedFolders(count: number): readonly string[] {
  return count === 0 ? [] : [`${count} folders could not be read or lie too deep`]
}
