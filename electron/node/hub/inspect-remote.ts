import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { type Inspection } from '#shared/domain/inspection'
import { fail, type HeadroomError, ok, type Result } from '#shared/domain/result'
import { planDownload } from '#shared/hub/plan-download'
import { type RepoReference } from '#shared/hub/repo-reference'
import { groupVariants, type RepoFile } from '#shared/hub/variants'
import { parseShardName } from '#shared/library/detect-format'
import { fileError, systemCode } from '../files/file-error'
import { removeOwnFolder } from '../files/header-file'
import { type Inspector } from '../library/inspector'
import { chooseWeightFiles } from '../safetensors/choose-weight-files'
import { type HubClient } from './client'
import { writeHeaderFolder } from './header-folder'
import { hubFailure } from './hub-error'
import { type Repository, readRepository } from './repository'

export interface RemoteDependencies {
  readonly client: HubClient
  readonly inspector: Inspector
  readonly dataDir: string
}

export interface RemoteRequest {
  readonly repository: Repository
  /** Only this file (and its shards) counts as weights. */
  readonly file?: string
  /** Only these files stand in the repository; default all. */
  readonly files?: readonly RepoFile[]
  readonly support?: RepoReference
  readonly signal?: AbortSignal
}

/** Readers of a model folder look one level down, not further. */
const MAX_DEPTH = 1

/**
 * Architecture of a repository, or of one file of it, from headers and config files fetched by range. Nothing else is
 * downloaded, and what was fetched is removed again. Errors: those of the hub and of the readers, AMBIGUOUS.
 */
export async function inspectRemote(
  { client, inspector, dataDir }: RemoteDependencies,
  request: RemoteRequest,
): Promise<Result<Inspection>> {
  const chosen = chooseHeaders(request)
  if (!chosen.ok) return chosen
  const { repository, support } = request
  const signal = request.signal ?? new AbortController().signal
  const folder = join(dataDir, 'cache', 'remote', randomUUID())
  const root = snapshotFolder(folder, repository)
  try {
    await writeHeaderFolder({ client, repository, ...chosen.value, root, signal })
    const supportDir = support && (await fetchSupport(client, { support, folder, signal }))
    if (supportDir?.ok === false) return supportDir
    const path = request.file === undefined ? root : join(root, ...request.file.split('/'))
    const shown = `hf://${repository.id}@${repository.commit}`
    const found = await inspector.inspect(path, {
      signal,
      isRemote: true,
      ...(supportDir && { supportDir: supportDir.value }),
    })
    if (!found.ok) return { ok: false, error: withRemotePath(found.error, root, shown) }
    return ok({ ...found.value, path: request.file === undefined ? shown : `${shown}/${request.file}` })
  } catch (error) {
    if (systemCode(error) !== undefined && error instanceof Error && 'syscall' in error && 'path' in error)
      return fileError(error, folder, 'write')
    return { ok: false, error: hubFailure(error, request.file ?? repository.id) }
  } finally {
    await removeOwnFolder(folder)
  }
}

/** Laid out as the hub's own cache is, so that the origin of support files can be told from the path. */
export function snapshotFolder(folder: string, { id, commit }: { readonly id: string; readonly commit: string }) {
  return join(folder, `models--${id.replaceAll('/', '--')}`, 'snapshots', commit)
}

/** Config and tokenizer files of another repository, for a model that lacks its own. Throws as writeHeaderFolder. */
export async function fetchSupport(
  client: HubClient,
  {
    support,
    folder,
    signal,
  }: { readonly support: RepoReference; readonly folder: string; readonly signal: AbortSignal },
): Promise<Result<string>> {
  const repository = await readRepository(client, support, signal)
  if (!repository.ok) return repository
  const { companions } = groupVariants(repository.value.files)
  const root = join(folder, 'support')
  const target = snapshotFolder(root, repository.value)
  const files = companions.filter(({ path }) => !path.includes('/') && /\.(?:json|ya?ml|md)$/i.test(path))
  await writeHeaderFolder({ client, repository: repository.value, files, headers: new Set(), root: target, signal })
  return ok(target)
}

interface Chosen {
  readonly files: readonly RepoFile[]
  readonly headers: ReadonlySet<string>
}

function chooseHeaders({ repository, file, files = repository.files }: RemoteRequest): Result<Chosen> {
  if (file !== undefined) return chooseForFile(file, files)
  const near = files.filter(({ path }) => path.split('/').length <= MAX_DEPTH + 1)
  const choice = chooseWeightFiles(near)
  if (choice.format !== 'none') {
    const skipped = new Set(choice.duplicates)
    const weights = near.filter(({ path }) => /\.(?:safetensors|bin|pt|pth)$/i.test(path) && !skipped.has(path))
    return ok({ files: near, headers: new Set(weights.map(({ path }) => path)) })
  }
  const ggufs = near.filter(({ path }) => /\.gguf$/i.test(path))
  if (groupVariants(ggufs).variants.length > 1) {
    const plan = planDownload(ggufs, {})
    if (!plan.ok) return { ok: false, error: { ...plan.error, hint: nameOne(repository, ggufs) } }
  }
  return ok({ files: near, headers: new Set([...choice.adapters, ...ggufs.map(({ path }) => path)]) })
}

function nameOne({ id }: Repository, ggufs: readonly RepoFile[]): string {
  const names = ggufs.map(({ path }) => path).filter((path) => !/-0000[2-9]-of-|-000[1-9]\d-of-/.test(path))
  const listed = names.slice(0, 12).join(', ')
  return `Name one: hf://${id}/FILE. There are ${listed}${names.length > 12 ? ` and ${names.length - 12} more` : ''}.`
}

/** The file, its other shards, and what stands in the same folder: documents, perhaps a projector. */
function chooseForFile(file: string, files: readonly RepoFile[]): Result<Chosen> {
  if (!files.some(({ path }) => path === file)) {
    return fail('NOT_FOUND', 'The repository has no such file.', { hint: 'Look at the listing first.', path: file })
  }
  const folder = folderOf(file)
  const near = files.filter(({ path }) => folderOf(path) === folder)
  const shard = parseShardName(file.slice(folder.length))
  const isOwn = (path: string): boolean => {
    const other = parseShardName(path.slice(folder.length))
    return path === file || (shard !== undefined && other?.base === shard.base && other.count === shard.count)
  }
  const headers = near.filter(({ path }) => isOwn(path) || /mmproj|projector/i.test(path)).map(({ path }) => path)
  return ok({ files: near, headers: new Set(headers) })
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

/** People know the file by its place on the hub, not by where its header lay for a moment. */
function withRemotePath(error: HeadroomError, root: string, shown: string): HeadroomError {
  if (error.path === undefined) return error
  const rest = error.path.startsWith(root) ? error.path.slice(root.length).replaceAll('\\', '/') : ''
  return { ...error, path: `${shown}${rest}` }
}
