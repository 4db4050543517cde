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
  /** Where it goes; home as `~`. */
  folder_label: z.string().optional(),
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
  /** Files without a published hash, of which only the size was compared. */
  size_only: z.number().int().nonnegative().optional(),
  /** False: asked for without its architecture. */
  with_architecture: z.boolean().optional(),
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

/** How downloads behave. Absent values are the defaults. */
export const downloadOptionsSchema = z.object({
  /** Downloads at a time. */
  at_once: z.number().int().min(1).max(8),
  /** All downloads together; absent: as fast as it goes. */
  bytes_per_second: z.number().int().positive().optional(),
  /** Parent of the folders of new downloads; home as `~`. */
  folder_label: z.string(),
  /** Nobody has chosen that folder: it is the one in the data folder. */
  is_usual_folder: z.boolean(),
})
export type DownloadOptions = z.infer<typeof downloadOptionsSchema>

/** A file that a download left: a part of a file, or content that failed its hash. Neither is ever a model. */
export const leftoverSchema = z.object({
  /** Names it in `downloads:clean`; the path stays in main. */
  id: z.string(),
  /** Home as `~`. */
  label: z.string(),
  kind: z.enum(['part', 'bad']),
  /** What it takes on the disk. */
  bytes,
  /** Of the whole file, where that is known. */
  total_bytes: bytes.optional(),
  /** Last written, ISO 8601 UTC. */
  at: z.string(),
  /** Why it must stay: an item of the queue needs it, or another program is writing it. */
  needed_by: z.enum(['queue', 'program']).optional(),
})
export type Leftover = z.infer<typeof leftoverSchema>

export const downloadsStateSchema = z.object({
  items: z.array(downloadItemSchema),
  finished: z.array(finishedDownloadSchema),
  token: tokenStatusSchema,
  options: downloadOptionsSchema.optional(),
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
  /** Vision projector that comes with it. */
  projector: z.string().optional(),
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
  /** What was taken off for the queue. */
  queued_bytes: bytes.optional(),
  /** Config, tokenizer, licence: small files that come with every variant. */
  small_files: z.array(z.object({ path: z.string(), bytes })).optional(),
  /** A tokenizer stands in the repository or inside its GGUF files. */
  has_tokenizer: z.boolean().optional(),
})
export type Lookup = z.infer<typeof lookupSchema>
