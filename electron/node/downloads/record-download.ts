import { type RegistryEntry, type ValueEdit } from '#shared/domain/registry'
import { ok, type Result } from '#shared/domain/result'
import { type DownloadFacts, downloadEdits, downloadEntry, findDownloaded } from '#shared/library/download-entry'
import { mergeExtracted } from '../maintenance/merge-extracted'
import { type RegistryService } from '../registry/registry-service'
import { withArchitecture } from './with-architecture'

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
      const bare = downloadEntry(facts, new Set(entries.map((one) => one.name)))
      const { inspection, at } = facts
      const entry = inspection === undefined ? bare : withArchitecture(bare, inspection.architecture, at)
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
