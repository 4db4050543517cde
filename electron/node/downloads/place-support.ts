import { readdir } from 'node:fs/promises'
import { ok, type Result } from '#shared/domain/result'
import { type RepoReference } from '#shared/hub/repo-reference'
import { type SupportFileKind, supportFileKind } from '#shared/hub/support-files'
import { fileError } from '../files/file-error'
import { type HubClient } from '../hub/client'
import { readRepository } from '../hub/repository'
import { type FetchedFile, type FetchRequest, fetchFiles } from './fetch-files'
import { safeTargets } from './safe-targets'

interface SupportPlacement {
  readonly support: RepoReference
  readonly kinds: readonly SupportFileKind[]
  /** Folder of the model. */
  readonly root: string
  readonly options: Pick<FetchRequest, 'signal' | 'throttle' | 'transfer'>
}

/** A model is usable without what another repository lends, so a failure is a warning. */
export async function lendFiles(
  client: HubClient,
  wish: {
    readonly support?: RepoReference
    readonly supportFiles?: readonly SupportFileKind[]
    readonly root: string
    readonly options: SupportPlacement['options']
  },
): Promise<{ readonly files: readonly FetchedFile[]; readonly warnings: readonly string[] }> {
  const { support, supportFiles: kinds = [], root, options } = wish
  if (support === undefined || kinds.length === 0) return { files: [], warnings: [] }
  const { signal, throttle, transfer } = options
  const placed = await placeSupport(client, {
    support,
    kinds,
    root,
    // Progress counts the files of the model itself.
    options: { signal, ...(throttle !== undefined && { throttle }), ...(transfer !== undefined && { transfer }) },
  })
  if (placed.ok) return { files: placed.value, warnings: [] }
  return { files: [], warnings: [`Missing files were not taken from ${support.id}: ${placed.error.message}`] }
}

/**
 * Puts files of the wanted kinds that the model's folder lacks there, verified like every other file. What is there is
 * never replaced. Errors: those of the hub, UNSAFE_NAME, HASH_MISMATCH, CANCELLED, system errors.
 */
async function placeSupport(
  client: HubClient,
  { support, kinds, root, options }: SupportPlacement,
): Promise<Result<readonly FetchedFile[]>> {
  const repository = await readRepository(client, support, options.signal)
  if (!repository.ok) return repository
  let present: ReadonlySet<string>
  try {
    // On Windows and macOS a name in other letters is the same file.
    present = new Set((await readdir(root)).map((name) => name.toLowerCase()))
  } catch (error) {
    return fileError(error, root, 'list')
  }
  const files = repository.value.files.filter(({ path }) => {
    const kind = supportFileKind(path)
    return kind !== undefined && kinds.includes(kind) && !present.has(path.toLowerCase())
  })
  if (files.length === 0) return ok([])
  const targets = await safeTargets(root, files)
  if (!targets.ok) return targets
  return fetchFiles({ client, repository: repository.value, targets: targets.value, ...options })
}
