import { listFiles, modelInfo } from '@huggingface/hub'
import { fail, ok, type Result } from '#shared/domain/result'
import { visibleText } from '#shared/domain/visible-text'
import { type RepoReference } from '#shared/hub/repo-reference'
import { type RepoFile } from '#shared/hub/variants'
import { checkRepoPath } from '#shared/library/repo-path'
import { type HubClient } from './client'
import { hubFailure } from './hub-error'

/** A repository at one commit: what a download is planned from. */
export interface Repository {
  readonly id: string
  /** Full hash; everything is fetched at this commit, so that a push in between cannot mix two versions. */
  readonly commit: string
  readonly gated: boolean
  readonly licence?: string
  readonly baseModel?: string
  readonly files: readonly RepoFile[]
  /** Names refused as unsafe; nothing of them is ever created. */
  readonly refused: readonly string[]
}

const COMMIT = /^[0-9a-f]{40,64}$/
const SHA256 = /^[0-9a-f]{64}$/
const MAX_FILES = 20_000

/** Resolves the commit and lists every file. Errors: those of the hub, BAD_VALUE for an answer that is none, LIMIT. */
export async function readRepository(
  client: HubClient,
  reference: RepoReference,
  signal?: AbortSignal,
): Promise<Result<Repository>> {
  const what = reference.revision === undefined ? reference.id : `${reference.id}@${reference.revision}`
  const options = { hubUrl: client.endpoint, fetch: withSignal(client.fetch, signal) }
  try {
    const info = await modelInfo({
      name: reference.id,
      additionalFields: ['sha', 'tags', 'cardData'],
      ...(reference.revision === undefined ? {} : { revision: reference.revision }),
      ...options,
    })
    if (typeof info.sha !== 'string' || !COMMIT.test(info.sha)) {
      return fail('BAD_VALUE', `The hub gives no commit for ${what}.`, { hint: 'Check the endpoint.' })
    }
    const files = await listAll({ repo: { type: 'model', name: reference.id }, revision: info.sha, ...options })
    if (!files.ok) return files
    const card: unknown = info.cardData
    const licence = tagValue(info.tags, 'license:')
    const baseModel = firstText(isRecord(card) ? card['base_model'] : undefined) ?? tagValue(info.tags, 'base_model:')
    return ok({
      id: reference.id,
      commit: info.sha,
      gated: info.gated !== false && info.gated !== undefined,
      ...(licence === undefined ? {} : { licence }),
      ...(baseModel === undefined ? {} : { baseModel }),
      ...files.value,
    })
  } catch (error) {
    return { ok: false, error: hubFailure(error, what) }
  }
}

/** What was never considered must not look as if the repository had not had it. */
export function namesLeftOut({ refused }: Pick<Repository, 'refused'>): readonly string[] {
  if (refused.length === 0) return []
  const names = refused.slice(0, 3).map((name) => `"${visibleText(name.slice(0, 100))}"`)
  const more = refused.length > names.length ? ` and ${refused.length - names.length} more` : ''
  return [`Files of the repository were left out, since their names are not safe: ${names.join(', ')}${more}.`]
}

async function listAll(
  params: Parameters<typeof listFiles>[0],
): Promise<Result<{ readonly files: readonly RepoFile[]; readonly refused: readonly string[] }>> {
  const files: RepoFile[] = []
  const refused: string[] = []
  for await (const entry of listFiles({ ...params, recursive: true })) {
    if (entry.type !== 'file') continue
    if (files.length >= MAX_FILES) return fail('LIMIT', `The repository has more than ${MAX_FILES} files.`)
    const bytes = entry.lfs?.size ?? entry.size
    if (!checkRepoPath(entry.path).ok || !Number.isSafeInteger(bytes) || bytes < 0) refused.push(entry.path)
    else files.push({ path: entry.path, bytes, ...hashes(entry.lfs?.oid, entry.oid) })
  }
  return ok({ files, refused })
}

/** Only hashes of the right form are believed; of an LFS pointer the blob hash is that of the pointer, not of the data. */
function hashes(lfs: string | undefined, blob: string | undefined): { sha256?: string; gitBlob?: string } {
  const sha256 = lfs?.replace(/^sha256:/, '')
  if (sha256 !== undefined) return SHA256.test(sha256) ? { sha256 } : {}
  return blob !== undefined && COMMIT.test(blob) ? { gitBlob: blob } : {}
}

function withSignal(inner: typeof fetch, signal: AbortSignal | undefined): typeof fetch {
  return signal === undefined ? inner : (input, init) => inner(input, { ...init, signal })
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function firstText(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? first : undefined
}

function tagValue(tags: unknown, prefix: string): string | undefined {
  if (!Array.isArray(tags)) return undefined
  const found: unknown = tags.find((tag: unknown) => typeof tag === 'string' && tag.startsWith(prefix))
  return typeof found === 'string' ? found.slice(prefix.length) : undefined
}
