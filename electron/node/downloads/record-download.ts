import { type JsonObject } from '#shared/domain/json'
import { type RegistryEntry, type ValueEdit } from '#shared/domain/registry'
import { ok, type Result } from '#shared/domain/result'
import { type DownloadFacts, downloadEdits, downloadEntry, findDownloaded } from '#shared/library/download-entry'
import { mergeExtracted } from '../maintenance/merge-extracted'
import { type RegistryService } from '../registry/registry-service'

export interface RecordedDownload {
  readonly name: string
  readonly status: 'added' | 'updated' | 'unchanged'
}

/** Writes a finished download into the registry, in one change. What people set in the entry stays. */
export async function recordDownload(
  registry: RegistryService,
  facts: DownloadFacts,
): Promise<Result<RecordedDownload>> {
  let name = ''
  let isNew = false
  const changed = await registry.change({
    description: `download of ${facts.repository}`,
    backup: false,
    plan: (entries) => {
      const entry = findDownloaded(entries, facts)
      if (entry === undefined) return ok([])
      name = entry.id
      return ok([{ id: entry.id, edits: [...downloadEdits(entry, facts), ...architectureEdits(entry, facts)] }])
    },
    add: (entries) => {
      isNew = findDownloaded(entries, facts) === undefined
      if (!isNew) return ok([])
      const entry = withArchitecture(downloadEntry(facts, new Set(entries.map((one) => one.name))), facts)
      name = String(entry['name'])
      return ok([entry])
    },
  })
  if (!changed.ok) return changed
  return ok({ name, status: isNew ? 'added' : changed.value.changed ? 'updated' : 'unchanged' })
}

function architectureEdits(entry: RegistryEntry, { inspection, at }: DownloadFacts): readonly ValueEdit[] {
  return inspection === undefined ? [] : mergeExtracted(entry, inspection.architecture, { now: at, force: false }).edits
}

/** The same way in for new entries, so that both hold the same block. */
function withArchitecture(entry: JsonObject, facts: DownloadFacts): JsonObject {
  const name = String(entry['name'])
  const [edit] = architectureEdits({ name, id: name, value: entry, rows: [] }, facts)
  if (edit?.value === undefined) return entry
  const { registry_layer: layer, ...metadata } = (entry['metadata'] ?? {}) as JsonObject // made by downloadEntry
  return { ...entry, metadata: { ...metadata, architecture: edit.value, registry_layer: layer ?? 'discovered' } }
}
