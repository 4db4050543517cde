import { z } from 'zod'
import { type JsonObject } from './json'

/** Which file a value of an entry lives in. `snapshot` is the only file in single-file mode. */
export const registryLayers = ['curated', 'discovered', 'snapshot'] as const
export type RegistryLayer = (typeof registryLayers)[number]

/** Address of one row on disk: names can repeat, a row cannot. */
export const rowRefSchema = z.object({ layer: z.enum(registryLayers), index: z.number().int().nonnegative() })
export type RowRef = z.infer<typeof rowRefSchema>

/** One model as the load rule yields it. `value` is the merged object; it is foreign data and may hold any key. */
export interface RegistryEntry {
  readonly name: string
  /** Unique inside one loaded registry: the name, or `name#2`, `name#3` for further rows of the same name. */
  readonly id: string
  readonly value: JsonObject
  /** Rows that contribute, discovered first. */
  readonly rows: readonly RowRef[]
  /** What each contributing row itself says, in the order of `rows`; tells in which layer a value counts. */
  readonly parts?: readonly JsonObject[]
}

/** One JSON path inside an entry and its new value; `undefined` removes the key. */
export interface ValueEdit {
  readonly path: readonly (string | number)[]
  readonly value: import('./json').Json | undefined
}
