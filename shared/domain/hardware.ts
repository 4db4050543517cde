import { z } from 'zod'

export const gpuProcessSchema = z.object({
  pid: z.number().int(),
  name: z.string(),
  used_bytes: z.number().int().nonnegative().optional(),
})

/** One card as the driver reports it; bytes. `headroom gpus --json` prints these. */
export const gpuSchema = z.object({
  index: z.number().int().nonnegative(),
  name: z.string(),
  total_bytes: z.number().int().nonnegative(),
  used_bytes: z.number().int().nonnegative(),
  free_bytes: z.number().int().nonnegative(),
  processes: z.array(gpuProcessSchema).optional(),
})
export type Gpu = z.infer<typeof gpuSchema>

/** A card that a person may choose by hand. `bytes` is what CUDA (or Metal, ROCm) shows to a program, not the sales figure. */
export interface GpuModel {
  readonly name: string
  readonly bytes: number
  readonly vendor: 'nvidia' | 'amd' | 'intel' | 'apple'
  /** `measured`: an engine printed it; `nominal`: the sales figure less what drivers usually keep back. */
  readonly basis?: 'measured' | 'nominal'
}
