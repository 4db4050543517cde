import { z } from 'zod'

/**
 * What a tensor list says about placement: bytes by role, enough to put a GGUF model on devices layer by layer
 * (llama.cpp keeps the token embedding on the host, moves experts, skips next-token tensors) without keeping the list.
 * All figures are bytes on disk without alignment padding. Index of `layerBytes` = `blk.<index>`.
 */
export const tensorSummarySchema = z.object({
  /** All tensors of block i, experts included. */
  layerBytes: z.array(z.number().int().nonnegative()),
  /** The routed-expert part (`ffn_*_exps`) of block i, already contained in `layerBytes`. */
  layerExpertBytes: z.array(z.number().int().nonnegative()),
  /** Next-token (MTP) part of block i, already contained in `layerBytes`. */
  layerMtpBytes: z.array(z.number().int().nonnegative()),
  tokenEmbeddingBytes: z.number().int().nonnegative(),
  /** `output.weight`; 0 when the output is tied to the token embedding. */
  outputBytes: z.number().int().nonnegative(),
  hasOutput: z.boolean(),
  /** Other tensors that llama.cpp always keeps on the host (`position_embd`, `token_types`, `per_layer_token_embd`). */
  hostOnlyBytes: z.number().int().nonnegative(),
  /** Vision or audio tower tensors found in the same file. */
  visionBytes: z.number().int().nonnegative(),
  /** Everything else outside the blocks (`output_norm`, `rope_freqs`, ...). */
  otherBytes: z.number().int().nonnegative(),
  totalBytes: z.number().int().nonnegative(),
})
export type TensorSummary = z.infer<typeof tensorSummarySchema>
