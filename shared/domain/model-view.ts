import { z } from 'zod'
import { architectureSchema } from './architecture'
import { registryLayers, rowRefSchema } from './registry'
import { tensorSummarySchema } from './tensors'

/** A registry entry as lists, pages and the command line need it: decoded once, wrong types dropped with a warning. */
export const modelViewSchema = z.object({
  id: z.string(),
  name: z.string(),
  display_name: z.string().optional(),
  /** As the entry says: `vllm`, `ollama`, `gguf`, `unassigned`, ... */
  backend: z.string(),
  /** Where a change of the launch flags lands (the layer that counts). */
  extra_args_layer: z.enum(registryLayers),
  /** In the form of the file: list or one string. Absent key reads as empty list. */
  extra_args: z.union([z.array(z.string()), z.string()]),
  context_window: z.number().int().positive().optional(),
  family: z.string().optional(),
  quantization: z.string().optional(),
  format: z.string().optional(),
  served_model_id: z.string().optional(),
  aliases: z.array(z.string()),
  download_path: z.string().optional(),
  download_size_bytes: z.number().int().nonnegative().optional(),
  downloaded_at: z.string().optional(),
  deprecated: z.boolean(),
  rows: z.array(rowRefSchema),
  architecture: architectureSchema.optional(),
  tensors: tensorSummarySchema.optional(),
  projector_bytes: z.number().int().nonnegative().optional(),
  /** `missing`: the path is not there; `unchecked`: nobody looked yet. */
  files_state: z.enum(['present', 'missing', 'no_path', 'unchecked']),
  warnings: z.array(z.string()),
})
export type ModelView = z.infer<typeof modelViewSchema>
