import { z } from 'zod'
import { engineIds } from './request'

/** The JSON of `headroom estimate` (contract, section 3). Bytes are integers, names are exact. */
const bytes = z.number().int().nonnegative()
/** Free memory can be negative: by how much the plan overshoots. */
const signedBytes = z.number().int()

export const inputValueSchema = z.object({
  value: z.union([z.number(), z.string(), z.boolean(), z.null(), z.array(z.number())]),
  source: z.string(),
})

export const termInputSchema = z.object({
  name: z.string(),
  value: z.union([z.number(), z.string(), z.boolean(), z.null()]),
  source: z.string(),
})

/** One part of the total, summed over the GPUs of the plan, with its formula in numbers. */
export const termSchema = z.object({
  name: z.string(),
  bytes,
  low_bytes: bytes,
  high_bytes: bytes,
  formula: z.string(),
  inputs: z.array(termInputSchema),
})
export type Term = z.infer<typeof termSchema>
export type TermInput = z.infer<typeof termInputSchema>

export const perGpuSchema = z.object({
  total_bytes: bytes,
  budget_bytes: bytes,
  weights_bytes: bytes,
  activation_bytes: bytes,
  graph_bytes: bytes,
  overhead_bytes: bytes,
  vision_bytes: bytes,
  kv_cache_bytes: bytes,
  state_bytes: bytes,
  host_bytes: bytes,
  free_bytes: signedBytes,
})
export type PerGpu = z.infer<typeof perGpuSchema>

export const verdicts = ['fits', 'tight', 'does_not_fit', 'unknown'] as const
export type Verdict = (typeof verdicts)[number]

export const estimateResultSchema = z.object({
  engine: z.enum(engineIds),
  inputs: z.record(z.string(), inputValueSchema),
  per_gpu: z.array(perGpuSchema),
  kv: z.object({
    bytes_per_token: bytes,
    bytes_per_token_total: bytes,
    capacity_tokens: bytes,
    block_size: z.number().int().positive(),
    max_concurrency: z.number().nonnegative(),
    needed_bytes: bytes,
  }),
  total_bytes: bytes,
  low_bytes: bytes,
  high_bytes: bytes,
  verdict: z.enum(verdicts),
  binding: z.string(),
  missing: z.array(z.string()),
  terms: z.array(termSchema),
  warnings: z.array(z.string()),
})
export type EstimateResult = z.infer<typeof estimateResultSchema>

export const solutionSchema = z.object({
  max_model_len: z.number().int().positive(),
  max_num_seqs: z.number().int().positive(),
  gpu_memory_utilization: z.number().nullable(),
  kv_cache_dtype: z.string(),
  estimate: estimateResultSchema,
})

export const solveResultSchema = estimateResultSchema.extend({
  solutions: z.array(solutionSchema),
  frontier: z.array(z.looseObject({ max_num_seqs: z.number().int(), max_model_len: z.number().int() })),
  limited_by: z.enum(['model', 'memory', 'bound']),
})
export type SolveResult = z.infer<typeof solveResultSchema>
