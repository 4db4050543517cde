import { basename } from 'node:path'
import { isJsonObject, type Json, type JsonObject, jsonEquals, ownValue } from '#shared/domain/json'
import { type RegistryEntry, type RegistryLayer } from '#shared/domain/registry'
import { fail, ok, type Result } from '#shared/domain/result'
import { type Comparison } from '#shared/ipc/entry-schemas'
import { layerPaths } from '../registry/locate-registry'
import { type RegistryService } from '../registry/registry-service'

const MOST_SHOWN = 50

/** What restoring a backup would change in its file: entries that come and go, values that turn. NOT_FOUND, BAD_REGISTRY. */
export async function compareBackup(registry: RegistryService, name: string): Promise<Result<Comparison>> {
  const backups = await registry.backups()
  if (!backups.ok) return backups
  const backup = backups.value.find((one) => one.name === name)
  const place = Object.entries(layerPaths(registry.location)).find(([, path]) => basename(path) === backup?.file)
  if (place === undefined)
    return fail('NOT_FOUND', `There is no backup "${name}".`, { hint: 'List the backups again.' })
  const old = await registry.readBackup(name)
  if (!old.ok) return old
  const now = await registry.load()
  // a broken registry is just when a backup is looked at: everything in it would come back
  const layer = place[0] as RegistryLayer // keys of layerPaths are layers
  const isBroken = !now.ok || now.value.readOnly?.backups.some((one) => one.layer === layer) === true
  const rows = isBroken ? [] : rowsOfLayer(now.value.entries, layer)
  return ok(
    compareRows(
      rows,
      old.value.entries.map((entry) => entry.value),
    ),
  )
}

/** Pure part. Rows of one name are paired in their order. */
export function compareRows(now: readonly JsonObject[], then: readonly JsonObject[]): Comparison {
  const current = byName(now)
  const added: string[] = []
  const changed: Comparison['changed'] = []
  let values = 0
  let models = 0
  for (const [key, old] of byName(then)) {
    const row = current.get(key)
    current.delete(key)
    if (row === undefined) added.push(key)
    else {
      const found = differences(row, old)
      values += found.length
      models += found.length > 0 ? 1 : 0
      if (found.length > 0 && changed.length < MOST_SHOWN) {
        changed.push({ model: key, values: found.slice(0, MOST_SHOWN) })
      }
    }
  }
  return { added, removed: [...current.keys()], changed, values, models }
}

function rowsOfLayer(entries: readonly RegistryEntry[], layer: RegistryLayer): readonly JsonObject[] {
  return entries.flatMap((entry) => {
    if (layer === 'snapshot') return [entry.value]
    const at = entry.rows.findIndex((row) => row.layer === layer)
    const part = at < 0 ? undefined : (entry.parts?.[at] ?? entry.value)
    return part === undefined ? [] : [part]
  })
}

function byName(rows: readonly JsonObject[]): Map<string, JsonObject> {
  const found = new Map<string, JsonObject>()
  for (const row of rows) {
    const name = String(ownValue(row, 'name') ?? '')
    let key = name
    for (let copy = 2; found.has(key); copy += 1) key = `${name}#${copy}`
    found.set(key, row)
  }
  return found
}

type Difference = Comparison['changed'][number]['values'][number]

/** Leaf by leaf; lists count as one value. */
function differences(now: JsonObject, then: JsonObject): Difference[] {
  const found: Difference[] = []
  const walk = (left: JsonObject, right: JsonObject, path: readonly string[]): void => {
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const [is, was] = [ownValue(left, key), ownValue(right, key)]
      if (jsonEquals(is, was)) continue
      if (isJsonObject(is) && isJsonObject(was)) walk(is, was, [...path, key])
      else found.push({ path: [...path, key].join('.'), ...side('now', is), ...side('backup', was) })
    }
  }
  walk(now, then, [])
  return found
}

function side(name: 'now' | 'backup', value: Json | undefined): { now?: Json; backup?: Json } {
  return value === undefined ? {} : { [name]: value }
}
