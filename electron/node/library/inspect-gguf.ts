import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type GgufFacts, type RawSources } from '#shared/architecture/raw'
import { type InspectionFormat } from '#shared/domain/inspection'
import { assertNever, fail, ok, type Result } from '#shared/domain/result'
import { type GgufKind, parseShardName, shardFileName } from '#shared/library/detect-format'
import { readConfigFiles } from '../config/read-config-files'
import { chooseGguf, type GgufGroup, readGgufGroups } from '../gguf/choose-gguf'
import { type HeaderReader } from '../gguf/read-gguf-model'
import { type Finding, filesWithRoles, type ReadJob } from './finding'
import { type FolderFile } from './list-model-folder'
import { quoteForeign } from './read-fault'

/** A GGUF file, any part of a split one, or a blob without a file ending. */
export function inspectGgufFile(root: string, name: string, job: ReadJob): Result<Finding> {
  const parts = partsOf(root, name)
  const [group] = readGgufGroups(root, parts, job.readHeader)
  if (group === undefined) return fail('NOT_FOUND', 'There is nothing at this path.', { path: job.path })
  if (group.error !== undefined) return { ok: false, error: group.error }
  const files = parts.map((path) => ({ path, bytes: statSync(join(root, path)).size }))
  const projector = group.kind === 'model' ? findProjector(root, parts, job.readHeader) : undefined
  const projectorFiles = projector?.files.map((path) => ({ path, bytes: statSync(join(root, path)).size })) ?? []
  return ok(toFinding({ group, projector, files: [...files, ...projectorFiles], warnings: [] }))
}

/** Existing parts of the split model that `name` belongs to. */
function partsOf(root: string, name: string): string[] {
  const shard = parseShardName(name)
  if (shard === undefined) return [name]
  const names = new Set([name])
  for (let index = 1; index <= shard.count; index++) {
    const sibling = shardFileName(name, index)
    if (statSync(join(root, sibling), { throwIfNoEntry: false })?.isFile() === true) names.add(sibling)
  }
  return [...names].sort()
}

/**
 * The projector beside a file, only when the folder holds no other model: in a mixed download folder nobody can tell
 * whose projector it is.
 */
function findProjector(
  root: string,
  parts: readonly string[],
  readHeader: HeaderReader | undefined,
): GgufGroup | undefined {
  const others = readdirSync(root).filter((name) => /\.gguf$/i.test(name) && !parts.includes(name))
  if (others.length === 0 || !others.every(isProjectorName)) return undefined
  const choice = chooseGguf(readGgufGroups(root, others, readHeader), root)
  return choice.ok ? choice.value.projector : undefined
}

/** How publishers name projectors; only a first guess, the header decides. */
export function isProjectorName(name: string): boolean {
  return /mmproj|projector/i.test(name)
}

/** A folder whose weights are GGUF files. */
export function inspectGgufFolder(
  root: string,
  files: readonly FolderFile[],
  readHeader?: HeaderReader,
): Result<Finding> {
  const choice = chooseGguf(readGgufGroups(root, ggufNames(files), readHeader), root)
  if (!choice.ok) return choice
  const { main, projector, groups, warnings } = choice.value
  const group = main ?? projector ?? groups.find((other) => other.kind !== 'other') ?? groups[0]
  if (group === undefined) return fail('UNKNOWN_FORMAT', 'This folder holds no GGUF file.', { path: root })
  const config = readConfigFiles(root, new Set(files.map((file) => file.path)))
  const finding = toFinding({ group, projector: main === undefined ? undefined : projector, files, warnings, groups })
  const notUsed = config.configError === undefined ? [] : [`config.json was not used: ${config.configError.message}`]
  return ok({
    ...finding,
    sources: { ...(group.kind === 'model' ? config.sources : {}), ...finding.sources },
    warnings: [...finding.warnings, ...config.warnings, ...notUsed],
  })
}

/** GGUF files at the top, else those of the subfolders. */
export function ggufNames(files: readonly FolderFile[]): string[] {
  const names = files.map((file) => file.path).filter((path) => /\.gguf$/i.test(path))
  const top = names.filter((path) => !path.includes('/'))
  return top.length > 0 ? top : names
}

interface GgufParts {
  readonly group: GgufGroup
  readonly projector: GgufGroup | undefined
  readonly files: readonly FolderFile[]
  readonly warnings: readonly string[]
  readonly groups?: readonly GgufGroup[]
}

function toFinding({ group, projector, files, warnings, groups = [] }: GgufParts): Finding {
  const roles = new Map<string, string>()
  for (const { files: names, kind } of [...groups, group, ...(projector ? [projector] : [])]) {
    for (const name of names) roles.set(name, kind === 'broken' ? 'other' : roleOf(kind))
  }
  const kind = group.kind === 'broken' ? 'other' : group.kind
  return {
    format: formatOf(kind),
    sources: sourcesOf(kind, group.facts, projector?.facts),
    files: filesWithRoles(files, roles),
    warnings: [...warnings, ...kindWarnings(kind, group)],
  }
}

/** An adapter has no architecture of its own; a projector is the vision part of some other model. */
function sourcesOf(kind: GgufKind, facts: GgufFacts | undefined, projector: GgufFacts | undefined): RawSources {
  if (facts === undefined || kind === 'adapter' || kind === 'other') return {}
  if (kind === 'projector') return { mmproj: facts }
  return { gguf: facts, ...(projector !== undefined && { mmproj: projector }) }
}

function roleOf(kind: GgufKind): string {
  return kind === 'model' ? 'weights' : kind
}

function formatOf(kind: GgufKind): InspectionFormat {
  switch (kind) {
    case 'model':
    case 'draft':
      return 'gguf'
    case 'projector':
      return 'mmproj'
    case 'adapter':
      return 'adapter'
    case 'vocabulary':
      return 'vocabulary'
    case 'other':
      return 'unknown'
    default:
      return assertNever(kind)
  }
}

function kindWarnings(kind: GgufKind, group: GgufGroup): string[] {
  switch (kind) {
    case 'model':
      return []
    case 'draft':
      return ['This is a draft model for speculative decoding; it does not run on its own.']
    case 'projector':
      return ['This is a vision or audio projector; it belongs to a language model in another file.']
    case 'adapter':
      return [adapterWarning(group)]
    case 'vocabulary':
      return ['This file holds a vocabulary without weights.']
    case 'other':
      return ['This GGUF file holds no model.']
    default:
      return assertNever(kind)
  }
}

function adapterWarning({ facts }: GgufGroup): string {
  const base = facts?.metadata['general.base_model.0.repo_url'] ?? facts?.metadata['general.base_model.0.name']
  const named = typeof base === 'string' ? `; its base model is ${quoteForeign(base)}` : ''
  return `This is an adapter, not a model${named}. Inspect the base model for its architecture.`
}
