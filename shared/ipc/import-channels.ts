import { z } from 'zod'

/**
 * Where models may lie already: a folder that a person chooses, or what another program keeps. `ollama-server` asks a
 * running Ollama; `imageworks` is the list of the older downloader beside the registry.
 */
export const importPlaces = [
  'folder',
  'huggingface',
  'ollama',
  'ollama-server',
  'lmstudio',
  'llama.cpp',
  'imageworks',
] as const
export type ImportPlace = (typeof importPlaces)[number]

export const importRowSchema = z.object({
  /** Its place in the preview, for `only`. */
  index: z.number().int().nonnegative(),
  /** Of the entry, as it is or would be; foreign text. */
  name: z.string(),
  /** Home as `~`. */
  place_label: z.string(),
  status: z.enum(['added', 'updated', 'unchanged', 'duplicate', 'skipped']),
  /** Why it is left out, or whose content it is. */
  reason: z.string().optional(),
  format: z.string().optional(),
  /** Of the weights. */
  bytes: z.number().int().nonnegative().optional(),
})
export type ImportRow = z.infer<typeof importRowSchema>

export const importPreviewSchema = z.object({
  /** For `imports:run`; the paths stay in main. */
  id: z.string(),
  place: z.enum(importPlaces),
  /** The folder that was searched, home as `~`; or the address that was asked. */
  root_label: z.string(),
  rows: z.array(importRowSchema),
  /** What could not even be a candidate, with the reason. */
  notes: z.array(z.string()),
})
export type ImportPreview = z.infer<typeof importPreviewSchema>

const job = z.string().max(100)

/** Models that are on this computer already. They are registered where they lie, never moved or copied. */
export const importChannels = {
  /**
   * What would be registered; nothing is written. `choose` opens the system's dialog; null when it is cancelled. `url`:
   * where Ollama listens, for `ollama-server` alone.
   */
  'imports:preview': {
    input: z
      .object({ place: z.enum(importPlaces), choose: z.boolean(), url: z.string().max(300).optional(), job })
      .strict(),
    output: importPreviewSchema.nullable(),
  },
  /** Registers the chosen ones of the last preview, in one change that can be taken back. */
  'imports:run': {
    input: z
      .object({ id: z.string().max(100), only: z.array(z.number().int().nonnegative()).max(20_000), job })
      .strict(),
    output: z.object({ rows: z.array(importRowSchema), history_id: z.string().optional() }),
  },
} as const
