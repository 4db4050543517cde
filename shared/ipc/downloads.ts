import { z } from 'zod'
import { headroomErrorSchema } from '#shared/domain/result'
import { downloadStages } from '#shared/hub/download-stage'

const bytes = z.number().int().nonnegative()

/** One entry of the queue, as the page shows it. */
export const downloadItemSchema = z.object({
  id: z.string(),
  /** `Qwen3-32B-GGUF Q4_K_M`; foreign text. */
  title: z.string(),
  repository: z.string(),
  state: z.enum(['waiting', 'running', 'paused', 'failed']),
  stage: z.enum(downloadStages),
  done_bytes: bytes,
  total_bytes: bytes,
  files_done: z.number().int().nonnegative(),
  files: z.number().int().nonnegative(),
  /** Smoothed; absent until it is known. */
  bytes_per_second: z.number().nonnegative().optional(),
  /** A file that another process is fetching. */
  waiting_for: z.string().optional(),
  error: headroomErrorSchema.optional(),
  /** When it is tried again by itself, ISO 8601 UTC. */
  retry_at: z.string().optional(),
})
export type DownloadItem = z.infer<typeof downloadItemSchema>

export const finishedDownloadSchema = z.object({
  id: z.string(),
  /** Of the registry entry. */
  name: z.string(),
  repository: z.string(),
  bytes,
  files: z.number().int().nonnegative(),
  /** Every file had a published hash and matched it. */
  verified: z.boolean(),
  warnings: z.array(z.string()),
  /** ISO 8601 UTC. */
  at: z.string(),
})
export type FinishedDownload = z.infer<typeof finishedDownloadSchema>

export const tokenStatusSchema = z.object({
  stored: z.boolean(),
  /** `plain`: the system has no secret store, so a token would lie readable on the disk. */
  store: z.enum(['encrypted', 'plain', 'none']),
})
export type TokenStatus = z.infer<typeof tokenStatusSchema>

export const downloadsStateSchema = z.object({
  items: z.array(downloadItemSchema),
  finished: z.array(finishedDownloadSchema),
  token: tokenStatusSchema,
})
export type DownloadsState = z.infer<typeof downloadsStateSchema>

export const lookupVariantSchema = z.object({
  label: z.string(),
  format: z.enum(['gguf', 'safetensors', 'pytorch']),
  files: z.array(z.string()),
  /** Of the weights alone. */
  bytes,
  /** With projector and small files: what a download fetches. */
  download_bytes: bytes,
  duplicate_of: z.string().optional(),
})
export type LookupVariant = z.infer<typeof lookupVariantSchema>

/** A repository before anything is downloaded. */
export const lookupSchema = z.object({
  repository: z.string(),
  commit: z.string(),
  revision: z.string().optional(),
  gated: z.boolean(),
  licence: z.string().optional(),
  base_model: z.string().optional(),
  has_config: z.boolean(),
  variants: z.array(lookupVariantSchema),
  others: z.array(z.object({ path: z.string(), bytes })),
  refused: z.number().int().nonnegative(),
  /** Where a download goes; home as `~`. */
  folder_label: z.string(),
  /** Free on that volume, with what the queue still needs taken off. */
  free_bytes: z.number().int().optional(),
})
export type Lookup = z.infer<typeof lookupSchema>
