import { type Gpu, type GpuModel } from '#shared/domain/hardware'
import { fail, ok, type Result } from '#shared/domain/result'
import { GIB } from '#shared/domain/units'
import { type PlanGpu } from '#shared/estimator/request'

/**
 * A detected card as an engine sees it: the driver keeps a part of the total to itself, so used plus free is what
 * programs can have (memory-models, section 1).
 */
export function planGpuOf(gpu: Gpu): PlanGpu {
  const visible = Math.min(gpu.total_bytes, gpu.used_bytes + gpu.free_bytes)
  return {
    name: gpu.name,
    totalBytes: visible > 0 ? visible : gpu.total_bytes,
    freeBytes: gpu.free_bytes,
    source: 'nvidia-smi',
  }
}

/** Reads `24` or `24,24` (GiB visible to the engine). Error: BAD_VALUE. */
export function parseGpuMemory(text: string): Result<readonly PlanGpu[]> {
  const gpus: PlanGpu[] = []
  for (const part of text.split(',')) {
    const gib = /^\s*\d+(\.\d+)?\s*$/.test(part) ? Number(part) : Number.NaN
    const totalBytes = Math.round(gib * GIB)
    if (!Number.isSafeInteger(totalBytes) || totalBytes <= 0) {
      return fail('BAD_VALUE', `"${text}" is not GPU memory in GiB.`, {
        hint: 'Write 24, or one number per GPU: 24,24.',
      })
    }
    gpus.push({ totalBytes, source: 'flag' })
  }
  return ok(gpus)
}

/**
 * The card that a person means by a name: a detected one, one added by hand, or one of the list; whole name first, then
 * the only one that contains the words. Error: UNKNOWN_GPU with near names.
 */
export function findPlanGpu(
  name: string,
  known: {
    readonly detected: readonly Gpu[]
    readonly manual: readonly { readonly name: string; readonly total_bytes: number }[]
    readonly models: readonly GpuModel[]
  },
): Result<PlanGpu> {
  const cards = [
    ...known.detected.map(planGpuOf),
    ...known.manual.map((gpu) => ({ name: gpu.name, totalBytes: gpu.total_bytes, source: 'manual' })),
    ...known.models.map((model) => ({ name: model.name, totalBytes: model.bytes, source: 'list' })),
  ]
  const wanted = words(name)
  const same = cards.find((card) => words(card.name ?? '').join(' ') === wanted.join(' '))
  if (same !== undefined) return ok(same)
  const near = cards.filter(
    (card) => wanted.length > 0 && wanted.every((word) => words(card.name ?? '').includes(word)),
  )
  const [only] = near
  if (only !== undefined && near.every((card) => card.totalBytes === only.totalBytes)) return ok(only)
  const names = near.slice(0, 8).map((card) => card.name)
  const hint = names.length > 0 ? `Did you mean: ${names.join('; ')}?` : 'Give its memory instead: --gpu-memory 24'
  return fail('UNKNOWN_GPU', `"${name}" names ${near.length === 0 ? 'no' : 'more than one'} GPU that Headroom knows.`, {
    hint,
  })
}

/** Words of a name for comparing: `RTX 4090`, `rtx4090` and `NVIDIA GeForce RTX 4090` share theirs. */
function words(name: string): readonly string[] {
  const spaced = name
    .toLowerCase()
    .replace(/([a-z])(\d)/g, '$1 $2')
    .replace(/(\d)([a-z])/g, '$1 $2')
  return spaced
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !['nvidia', 'geforce', 'amd', 'intel', 'apple'].includes(word))
}
