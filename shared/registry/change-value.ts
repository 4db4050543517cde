import { isJsonObject, type Json, type JsonObject, ownValue } from '#shared/domain/json'
import { type ValueEdit } from '#shared/domain/registry'
import { fail, ok, type Result } from '#shared/domain/result'

/**
 * An object with one path changed; missing objects on the way are made, new keys go last, `undefined` removes.
 * BAD_VALUE when the path leads through a scalar or outside a list.
 */
export function changeValue(root: JsonObject, edit: ValueEdit): Result<JsonObject> {
  if (edit.path.length === 0) return fail('BAD_VALUE', 'An edit needs a path.')
  const changed = changeAt(root, edit.path, edit)
  if (!changed.ok) return changed
  // a path that starts with a key yields an object
  return ok(changed.value as JsonObject)
}

/** All edits of one row, in order. */
export function changeValues(root: JsonObject, edits: readonly ValueEdit[]): Result<JsonObject> {
  let current = root
  for (const edit of edits) {
    const changed = changeValue(current, edit)
    if (!changed.ok) return changed
    current = changed.value
  }
  return ok(current)
}

/** `{ ...object, [key]: value }` in which `__proto__` is a key like any other; `undefined` removes. */
export function withKey(object: JsonObject, key: string, value: Json | undefined): JsonObject {
  const entries = new Map<string, Json>(Object.entries(object))
  if (value === undefined) entries.delete(key)
  else entries.set(key, value)
  return Object.fromEntries(entries)
}

function changeAt(node: Json | undefined, path: readonly (string | number)[], edit: ValueEdit): Result<Json> {
  const [head, ...rest] = path
  if (Array.isArray(node) && typeof head === 'number') return changeInList(node, [head, ...rest], edit)
  if (node !== undefined && node !== null && !isJsonObject(node)) {
    if (edit.value === undefined) return ok(node)
    return fail('BAD_VALUE', `"${edit.path.join('.')}" cannot be set: a part of the way is not an object.`)
  }
  const object = node ?? {}
  const key = String(head)
  if (rest.length === 0) return ok(withKey(object, key, edit.value))
  const child = ownValue(object, key)
  if (edit.value === undefined && child === undefined) return ok(object)
  const changed = changeAt(child, rest, edit)
  return changed.ok ? ok(withKey(object, key, changed.value)) : changed
}

function changeInList(
  list: readonly Json[],
  [index = 0, ...rest]: readonly (string | number)[],
  edit: ValueEdit,
): Result<Json> {
  const at = Number(index)
  if (!Number.isInteger(at) || at < 0 || at > list.length) {
    return fail('BAD_VALUE', `"${edit.path.join('.')}" cannot be set: the list has ${list.length} items.`)
  }
  if (rest.length > 0) {
    const changed = changeAt(list[at], rest, edit)
    return changed.ok ? ok(list.with(at, changed.value)) : changed
  }
  if (edit.value === undefined) return ok(list.filter((_item, position) => position !== at))
  return ok(at === list.length ? [...list, edit.value] : list.with(at, edit.value))
}
