import { isJsonObject, type Json, type JsonObject, jsonEquals } from '#shared/domain/json'
import { type RegistryEntry, type RegistryLayer, type RowRef, type ValueEdit } from '#shared/domain/registry'
import { fail, ok, type Result } from '#shared/domain/result'
import { changeValue } from './change-value'
import { isBlocked, masks, type ValuePath, valueAt } from './layer-of-value'
import { mergeParts } from './merge-layers'
import { checkWritable } from './text-style'

/** New value of one row. `row` is absent for an overlay row that does not exist yet in this layer. */
export interface RowTarget {
  readonly layer: RegistryLayer
  readonly row?: RowRef
  readonly before: JsonObject
  readonly target: JsonObject
}

/**
 * Distributes edits of one entry over the rows behind it, so that the merged entry says what was asked:
 * each leaf goes to the layer where it counts. An asked layer is followed for values that curated does not mask
 * (written below a mask they would have no effect); when it has no row for the entry yet, one with the name is made.
 * A removal and a new name go to every row.
 */
export function splitEdits(
  entry: RegistryEntry,
  edits: readonly ValueEdit[],
  layer?: RegistryLayer,
): Result<readonly RowTarget[]> {
  return splitRequests(entry, [{ edits, ...(layer && { layer }) }])
}

/** The same for several requests about one entry, each with the layer it asks for. */
export function splitRequests(
  entry: RegistryEntry,
  requests: readonly { readonly edits: readonly ValueEdit[]; readonly layer?: RegistryLayer }[],
): Result<readonly RowTarget[]> {
  const splitter = new Splitter(entry)
  for (const { edits, layer } of requests) {
    splitter.ask(layer)
    for (const edit of edits) {
      const writable = edit.value === undefined ? ok(undefined) : checkWritable(edit.value)
      if (!writable.ok) return writable
      const done = splitter.set(edit.path, edit.value)
      if (!done.ok) return done
    }
  }
  return ok(splitter.targets())
}

interface Part {
  readonly layer: RegistryLayer
  readonly row?: RowRef
  readonly before: JsonObject
  value: JsonObject
}

class Splitter {
  readonly #parts: Part[]
  readonly #entry: RegistryEntry
  #asked: RegistryLayer | undefined

  constructor(entry: RegistryEntry) {
    this.#entry = entry
    const values = entry.parts ?? [entry.value]
    this.#parts = entry.rows.map((row, index) => {
      const value = values[index] ?? {}
      return { layer: row.layer, row, before: value, value }
    })
  }

  ask(layer: RegistryLayer | undefined): void {
    const isSingle = this.#entry.rows.some((row) => row.layer === 'snapshot')
    this.#asked = isSingle ? undefined : layer
    if (this.#asked === undefined || this.#parts.some((part) => part.layer === layer)) return
    const overlay = { layer: this.#asked, before: {}, value: { name: this.#entry.name } }
    if (layer === 'curated') this.#parts.push(overlay)
    else this.#parts.unshift(overlay)
  }

  targets(): readonly RowTarget[] {
    return this.#parts
      .filter((part) => !jsonEquals(part.before, part.value))
      .filter((part) => part.row !== undefined || Object.keys(part.value).length > 1)
      .map(({ layer, row, before, value }) => ({ layer, ...(row && { row }), before, target: value }))
  }

  set(path: ValuePath, value: Json | undefined): Result<void> {
    if (value === undefined) return this.#everywhere(path, undefined)
    if (path.length === 1 && path[0] === 'name') return this.#everywhere(path, value)
    const before = valueAt(this.#merged(), path)
    if (isJsonObject(value) && isJsonObject(before)) return this.#setObject(path, before, value)
    if (jsonEquals(before, value)) return ok(undefined)
    return this.#setLeaf(path, value)
  }

  #merged(): JsonObject {
    return mergeParts(this.#parts.map((part) => part.value))
  }

  #setObject(path: ValuePath, before: JsonObject, value: JsonObject): Result<void> {
    const gone = Object.keys(before).filter((key) => !Object.hasOwn(value, key))
    const steps: (readonly [string, Json | undefined])[] = [
      ...gone.map((key) => [key, undefined] as const),
      ...Object.entries(value),
    ]
    for (const [key, child] of steps) {
      const done = this.set([...path, key], child)
      if (!done.ok) return done
    }
    return ok(undefined)
  }

  #setLeaf(path: ValuePath, value: Json): Result<void> {
    const top = this.#parts.at(-1)
    const base = this.#parts[0]
    if (!top || !base) return fail('INTERNAL', 'The entry has no rows.')
    const isMasked = masks(top.value, path) || isBlocked(base.value, path)
    const part = isMasked || this.#asked === top.layer ? top : base
    const done = this.#write(part, path, value)
    if (!done.ok || jsonEquals(valueAt(this.#merged(), path), value)) return done
    // null above is ignored and an object above is merged: then the lower layer has to give way
    if (value === null) return isBlocked(base.value, path) ? done : this.#write(base, path, null)
    return this.#write(base, path, undefined)
  }

  #everywhere(path: ValuePath, value: Json | undefined): Result<void> {
    for (const part of this.#parts) {
      if (valueAt(part.value, path) === undefined) continue
      const done = this.#write(part, path, value)
      if (!done.ok) return done
    }
    return ok(undefined)
  }

  #write(part: Part, path: ValuePath, value: Json | undefined): Result<void> {
    const changed = changeValue(part.value, { path, value })
    if (!changed.ok) return changed
    part.value = changed.value
    return ok(undefined)
  }
}
