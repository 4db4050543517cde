import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type ArchitectureMetadata, architectureSchema } from '#shared/domain/architecture'

const numberOrNull = z.number().nullish()

/** A measured start: what somebody launched and what the engine printed. Extra keys are kept. */
export const caseSchema = z.looseObject({
  id: z.string(),
  engine: z.string(),
  vllm_version: z.string().nullish(),
  engine_version: z.string().nullish(),
  model_id: z.string().nullish(),
  gpu: z.looseObject({ name: z.string().nullish(), count: numberOrNull, total_gib: numberOrNull }).nullish(),
  args: z.record(z.string(), z.unknown()),
  logged: z.record(z.string(), z.unknown()),
  outcome: z.string().nullish(),
  architecture: architectureSchema.nullish(),
  failure: z.record(z.string(), z.unknown()).nullish(),
  note: z.string().nullish(),
  activation_model: z.looseObject({ used_for_fit: z.boolean().nullish() }).nullish(),
})
export type MeasuredCase = z.infer<typeof caseSchema>

/** Root of the checkout; the bundle of this script lies in out/scripts/accuracy. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder)
  return folder
}

export function dataFolder(): string {
  return resolve(projectRoot(), process.env['HEADROOM_SHARED_DATA'] ?? join('..', 'shared', 'data'))
}

/** Reads the measured starts; undefined when the data is not beside the project. */
export function readCases(path: string | undefined): readonly MeasuredCase[] | undefined {
  const file = path ?? join(dataFolder(), 'measured-starts', 'cases.json')
  if (!existsSync(file)) return undefined
  return z.array(caseSchema).parse(JSON.parse(readFileSync(file, 'utf8')))
}

export function numberOf(
  record: Readonly<Record<string, unknown>> | null | undefined,
  key: string,
): number | undefined {
  const value = record?.[key]
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** Layout name for the tables. */
export function layoutName(architecture: ArchitectureMetadata | null | undefined): string {
  const kinds = new Set((architecture?.layer_groups ?? []).filter((g) => g.kind !== 'none').map((g) => g.kind))
  if (kinds.has('mla')) return 'mla'
  if ([...kinds].some((kind) => ['linear_attention', 'mamba', 'recurrent', 'short_conv'].includes(kind))) return 'state'
  if (kinds.has('sliding_attention') || kinds.has('chunked_attention')) return 'sliding'
  return 'full'
}
