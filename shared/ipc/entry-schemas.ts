import { z } from 'zod'
import { architectureFields } from '#shared/domain/architecture'
import { type Json } from '#shared/domain/json'
import { registryLayers } from '#shared/domain/registry'
import { defaultKeys } from '#shared/registry/generation-defaults'

/** What the pages ask for about single entries and about the registry's own files. */
const json: z.ZodType<Json> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(json), z.record(z.string(), json)]),
)
const flags = z.union([z.array(z.string().max(100_000)).max(2000), z.string().max(1_000_000)])

/** One change of one entry, as a person makes it. */
export const entryEditSchema = z.discriminatedUnion('kind', [
  z
    .object({
      kind: z.literal('override'),
      field: z.enum(architectureFields),
      value: json,
      note: z.string().max(2000).optional(),
    })
    .strict(),
  /** Takes a value set by hand back. */
  z.object({ kind: z.literal('restore'), field: z.enum(architectureFields) }).strict(),
  /** The whole line of launch flags; `expected` is what the person saw, a difference is a CONFLICT. */
  z.object({ kind: z.literal('flags'), flags, expected: flags }).strict(),
  z
    .object({
      kind: z.literal('defaults'),
      /** `null` takes the key out. */
      values: z.partialRecord(z.enum(defaultKeys), json),
      /** What the person saw under the same keys; `null` for absent. */
      expected: z.partialRecord(z.enum(defaultKeys), json),
    })
    .strict(),
  /** `null` takes the display name out; the entry's own name never changes. */
  z.object({ kind: z.literal('rename'), display_name: z.string().min(1).max(300).nullable() }).strict(),
  z.object({ kind: z.literal('deprecate'), deprecated: z.boolean() }).strict(),
])
export type EntryEdit = z.infer<typeof entryEditSchema>

export const layerSchema = z.enum(registryLayers)

/** A change as it stands in the history, seen from one model. */
export const modelHistorySchema = z.object({
  id: z.string(),
  at: z.string(),
  description: z.string(),
  undone: z.boolean(),
  /** The newest change that is not undone: the one that `registry:undo` takes back. */
  newest: z.boolean(),
  changes: z.array(z.object({ path: z.string(), layer: layerSchema, before: json.optional(), after: json.optional() })),
})
export type ModelHistory = z.infer<typeof modelHistorySchema>

/** What the entry holds beyond its view, and in which file a change of it lands. */
export const modelDetailsSchema = z.object({
  defaults: z.record(z.string(), json),
  port: z.number().int().optional(),
  /** What the engine loads, as the entry says: `backend_config.model_path`, path, repository or tag. */
  launch_model: z.string().optional(),
  layers: z.object({ flags: layerSchema, defaults: layerSchema, architecture: layerSchema, entry: layerSchema }),
  history: z.array(modelHistorySchema),
})
export type ModelDetails = z.infer<typeof modelDetailsSchema>

export const fileStates = ['present', 'missing', 'changed', 'unlisted'] as const
export const modelFileSchema = z.object({
  /** Relative to the model's folder. */
  path: z.string(),
  bytes: z.number().int().nonnegative().optional(),
  role: z.string(),
  /** `unlisted`: on disk, but not among the entry's `download_files`; `changed`: another size than recorded. */
  state: z.enum(fileStates),
  /** Position in a set of shards, from 1. */
  shard: z.object({ index: z.number().int(), total: z.number().int() }).optional(),
})
export type ModelFile = z.infer<typeof modelFileSchema>
export const modelFilesSchema = z.object({
  /** Folder (or file) that the entry names; home as `~`. */
  label: z.string(),
  files: z.array(modelFileSchema),
  notes: z.array(z.string()),
  /** Files that "also delete the files" would take, and their size. */
  deletable: z.object({ count: z.number().int(), bytes: z.number().int() }),
})

export const removalSchema = z.object({
  removed: z.string(),
  deleted: z.number().int(),
  /** Files that could not be deleted, with the reason. */
  kept: z.array(z.string()),
  backup: z.string().optional(),
})

export const healthSchema = z.object({
  files: z.array(
    z.object({
      layer: layerSchema,
      name: z.string(),
      entries: z.number().int(),
      bytes: z.number().int(),
      modified: z.string(),
    }),
  ),
  /** Keys that Headroom does not know, by path; they are kept as they are. */
  unknown_keys: z.array(z.object({ path: z.string(), entries: z.number().int() })),
  duplicates: z.array(z.string()),
  /** Entries that only the merged file holds. */
  orphans: z.array(z.string()),
  /** Who holds the lock; absent when it is free. */
  lock: z.string().optional(),
  /** Copies of files that could not be read. */
  set_aside: z.array(z.object({ name: z.string(), bytes: z.number().int(), at: z.string() })),
})
export type Health = z.infer<typeof healthSchema>

export const tidyRequestSchema = z
  .object({
    dry_run: z.boolean(),
    adopt: z.boolean(),
    remove_copies: z.boolean(),
    /** Ids of the rows that stay where rows of one name differ. */
    keep: z.array(z.string().max(1000)).max(1000),
  })
  .strict()
export const tidyReportSchema = z.object({
  adopted: z.array(z.string()),
  /** Ids of rows that go. */
  dropped: z.array(z.string()),
  /** Rows of one name that differ, with the keys in which each differs from the first. */
  undecided: z.array(
    z.object({
      name: z.string(),
      rows: z.array(
        z.object({
          id: z.string(),
          places: z.array(z.string()),
          differs: z.array(z.string()),
        }),
      ),
    }),
  ),
  backup: z.string().optional(),
})
export type TidyReport = z.infer<typeof tidyReportSchema>

export const repairSchema = z.object({
  file: z.string(),
  entries: z.number().int(),
  /** Entries of the file as it is; absent when it cannot be read. */
  entries_now: z.number().int().optional(),
  /** Where something was left out. */
  lost: z.array(z.object({ line: z.number().int(), start: z.string() })),
  backup: z.string().optional(),
})
export type Repair = z.infer<typeof repairSchema>

/** A backup beside what its file holds now: what restoring it would do. */
export const comparisonSchema = z.object({
  /** Entries that would come back, and entries that would go. */
  added: z.array(z.string()),
  removed: z.array(z.string()),
  changed: z.array(
    z.object({
      model: z.string(),
      values: z.array(z.object({ path: z.string(), now: json.optional(), backup: json.optional() })),
    }),
  ),
  /** Differing values of all changed entries; the list above may be cut. */
  values: z.number().int(),
  models: z.number().int(),
})
export type Comparison = z.infer<typeof comparisonSchema>

/** How the Models page was left; restored at the next start. */
export const modelsPageSchema = z.object({
  columns: z.array(z.string().max(50)).max(30).optional(),
  sort: z.object({ key: z.string().max(50), descending: z.boolean() }).optional(),
  verdict: z.enum(['all', 'fits', 'tight', 'does_not_fit', 'unknown']).optional(),
  missing_data: z.boolean().optional(),
  format: z.string().max(100).optional(),
  engine: z.string().max(100).optional(),
  text: z.string().max(500).optional(),
  /** 0: as the launch flags say. */
  context_tokens: z.number().int().nonnegative().optional(),
  gpu: z.string().max(300).optional(),
})
export type ModelsPageSettings = z.infer<typeof modelsPageSchema>
