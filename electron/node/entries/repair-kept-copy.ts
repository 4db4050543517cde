import { basename, join } from 'node:path'
import { type RegistryLayer } from '#shared/domain/registry'
import { fail, ok, type Result } from '#shared/domain/result'
import { parseRows } from '#shared/registry/parse-rows'
import { salvageRows } from '#shared/registry/salvage-rows'
import { readBytes } from '../files/read-text'
import { layerPaths } from '../registry/locate-registry'
import { MAX_REGISTRY_BYTES } from '../registry/read-registry'
import { type RegistryService } from '../registry/registry-service'
import { setAsideFolder } from './registry-health'

export interface RepairRequest {
  /** Name of the copy, as the health report lists it. */
  readonly name: string
  readonly dryRun: boolean
}

export interface Repair {
  /** The file that the repaired text replaces. */
  readonly file: string
  readonly entries: number
  /** Entries of the file as it is now; absent when it cannot be read. */
  readonly entriesNow?: number
  readonly lost: readonly { readonly line: number; readonly start: string }[]
  /** Backup of what was replaced. */
  readonly backup?: string
}

const COPY = /^(.+\.json)\.corrupt-[0-9a-f]{8,64}$/

/**
 * Reads every whole entry out of a copy that was set aside, and puts them in the place of its file when that is asked
 * for (after a backup; it can be undone). Errors: NOT_FOUND, INCOMPLETE_DATA when nothing can be read.
 */
export async function repairKeptCopy(
  registry: RegistryService,
  dataDir: string,
  { name, dryRun }: RepairRequest,
): Promise<Result<Repair>> {
  const place = placeOf(registry, name)
  if (!place) return fail('NOT_FOUND', `There is no copy "${name}".`, { hint: 'Look at the list of copies again.' })
  const path = join(await setAsideFolder(registry.location, dataDir), name)
  const copy = await readBytes(path, { maxBytes: MAX_REGISTRY_BYTES })
  if (!copy.ok) return copy
  const salvage = salvageRows(Buffer.from(copy.value.bytes).toString('utf8'))
  if (salvage.entries === 0) {
    return fail('INCOMPLETE_DATA', `No whole entry can be read out of "${name}".`, {
      hint: 'Restore a backup instead.',
    })
  }
  const [layer, file] = place
  const entriesNow = await countRows(file)
  const report = {
    file: basename(file),
    entries: salvage.entries,
    lost: salvage.lost.slice(0, 100),
    ...(entriesNow !== undefined && { entriesNow }),
  }
  if (dryRun) return ok(report)
  const done = await registry.replaceLayer(layer, salvage.text, `repair ${basename(file)} from ${name}`)
  if (!done.ok) return done
  return ok({ ...report, ...(done.value.backup !== undefined && { backup: done.value.backup }) })
}

function placeOf({ location }: RegistryService, name: string): [RegistryLayer, string] | undefined {
  const file = COPY.exec(name)?.[1]
  const places = Object.entries(layerPaths(location)) as [RegistryLayer, string][] // keys of layerPaths are layers
  return places.find(([, path]) => basename(path) === file)
}

async function countRows(path: string): Promise<number | undefined> {
  const read = await readBytes(path, { maxBytes: MAX_REGISTRY_BYTES })
  const rows = read.ok
    ? parseRows(
        Buffer.from(read.value.bytes)
          .toString('utf8')
          .replace(/^\uFEFF/, ''),
      )
    : read
  return rows.ok ? rows.value.values.length : undefined
}
