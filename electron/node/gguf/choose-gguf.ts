import { join } from 'node:path'
import { type GgufFacts } from '#shared/architecture/raw'
import { fail, type HeadroomError, ok, type Result } from '#shared/domain/result'
import { detectGgufKind, type GgufKind, parseShardName, shardFileName } from '#shared/library/detect-format'
import { incompleteModel, missingShards } from '../library/missing-shards'
import { quoteForeign } from '../library/read-fault'
import { type HeaderReader, readGgufModel } from './read-gguf-model'

/** One GGUF file, or all parts of a split one. */
export interface GgufGroup {
  readonly files: readonly string[]
  readonly kind: GgufKind | 'broken'
  readonly facts?: GgufFacts
  readonly error?: HeadroomError
}

/** What a folder of GGUF files holds: at most one model, its projector, and files that are something else. */
export interface GgufChoice {
  readonly main?: GgufGroup
  readonly projector?: GgufGroup
  readonly groups: readonly GgufGroup[]
  readonly warnings: readonly string[]
}

/** Reads and classifies every GGUF file of a folder; parts of a split model count as one. */
export function readGgufGroups(root: string, names: readonly string[], readHeader?: HeaderReader): GgufGroup[] {
  const sets = new Map<string, string[]>()
  for (const name of names) {
    const shard = parseShardName(name)
    const key = shard === undefined ? name : shardFileName(name, 0)
    sets.set(key, [...(sets.get(key) ?? []), name])
  }
  return [...sets.values()].map((files) => readGroup(root, files.sort(), readHeader))
}

function readGroup(root: string, files: readonly string[], readHeader: HeaderReader | undefined): GgufGroup {
  const missing = missingShards(files)
  if (missing.length > 0) {
    return { files, kind: 'broken', error: incompleteModel(join(root, files[0] ?? ''), missing).error }
  }
  const facts = readGgufModel(root, files, readHeader)
  if (!facts.ok) return { files, kind: 'broken', error: facts.error }
  return { files, kind: detectGgufKind(facts.value), facts: facts.value }
}

/**
 * The model of a folder. Several models are AMBIGUOUS (all named): different quantisations are different models.
 * A broken file is the folder's error when there is no whole model, else a warning.
 */
export function chooseGguf(groups: readonly GgufGroup[], folder: string): Result<GgufChoice> {
  const models = groups.filter((group) => group.kind === 'model')
  const broken = groups.filter((group) => group.kind === 'broken')
  if (models.length > 1) return ambiguous(models, folder)
  // Without a model the folder is about its adapters, vocabularies or drafts; then there must be one.
  const sideFiles = groups.filter(({ kind }) => kind === 'adapter' || kind === 'vocabulary' || kind === 'draft')
  const hasOnlySideFiles = models.length === 0 && groups.every(({ kind }) => kind !== 'projector' && kind !== 'broken')
  if (hasOnlySideFiles && sideFiles.length > 1) return ambiguous(sideFiles, folder)
  if (models.length === 0 && broken[0]?.error !== undefined) return { ok: false, error: broken[0].error }
  const warnings = broken.map((group) => `${quoteForeign(group.files[0] ?? '')} was not used: ${group.error?.message}`)
  const [main] = models
  const projectors = groups.filter((group) => group.kind === 'projector')
  const projector = chooseProjector(projectors)
  if (projectors.length > 1 && projector !== undefined) {
    warnings.push(`Of ${projectors.length} projector files ${quoteForeign(projector.files[0] ?? '')} is counted.`)
  }
  return ok({ ...(main && { main }), ...(projector && { projector }), groups, warnings })
}

function ambiguous(models: readonly GgufGroup[], folder: string): Result<never> {
  const names = models.map((group) => quoteForeign(group.files[0] ?? ''))
  const shown = names.length > 20 ? [...names.slice(0, 20), `${names.length - 20} more`] : names
  return fail('AMBIGUOUS', `This folder holds ${models.length} GGUF files to choose from: ${shown.join(', ')}.`, {
    hint: 'Choose one of the files instead of the folder.',
    path: folder,
  })
}

/** Publishers offer the projector in several precisions; 16-bit float is the one that tools take. */
function chooseProjector(projectors: readonly GgufGroup[]): GgufGroup | undefined {
  return projectors.find((group) => group.facts?.metadata['general.file_type'] === 1) ?? projectors[0]
}
