import { isJsonObject, type Json } from '../domain/json'

/** Whether a foreign value nests deeper than `limit`; recursion stops there, so no depth can exhaust the stack. */
export function isDeeperThan(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (limit <= 0) return true
  return Object.values(value).some((item) => isDeeperThan(item, limit - 1))
}

/** A foreign value in a message: scalars as they are, the rest by its kind only. */
export function describeValue(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (isJsonObject(value)) return 'an object'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

const MAX_ITEMS = 64

/** A raw value as evidence: kept when it is small and flat, else summarised; a registry is no place for whole tables. */
export function boundedRaw(value: Json): Json {
  if (Array.isArray(value)) return isFlatList(value) ? value : `list of ${value.length} values`
  if (!isJsonObject(value)) return value
  const items = Object.values(value)
  const isSmall =
    items.length <= MAX_ITEMS &&
    items.every((item) => !isJsonObject(item) && (!Array.isArray(item) || isFlatList(item)))
  return isSmall ? value : `object with ${items.length} keys`
}

function isFlatList(items: readonly Json[]): boolean {
  return items.length <= MAX_ITEMS && items.every((item) => typeof item !== 'object' || item === null)
}
