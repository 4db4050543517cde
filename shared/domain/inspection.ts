import { z } from 'zod'
import { architectureSchema } from './architecture'
import { tensorSummarySchema } from './tensors'

export const inspectionFormats = [
  'gguf',
  'safetensors',
  'config',
  'pytorch',
  'adapter',
  'mmproj',
  'vocabulary',
  'unknown',
] as const
export type InspectionFormat = (typeof inspectionFormats)[number]

export const inspectedFileSchema = z.object({
  /** Relative to the inspected directory, POSIX separators. */
  path: z.string(),
  bytes: z.number().int().nonnegative(),
  /** `weights`, `config`, `tokenizer`, `projector`, `adapter`, `duplicate`, `other`, ... */
  role: z.string(),
})

/** The JSON of `headroom inspect` (contract, section 2). `tensors` and `projector_bytes` are ours, for the estimator. */
export const inspectionSchema = z.object({
  path: z.string(),
  format: z.enum(inspectionFormats),
  architecture: architectureSchema,
  files: z.array(inspectedFileSchema),
  tensors: tensorSummarySchema.optional(),
  projector_bytes: z.number().int().nonnegative().optional(),
  /** A GGUF that carries its chat template. */
  has_chat_template: z.boolean().optional(),
})
export type Inspection = z.infer<typeof inspectionSchema>
