import { inWords } from '../quantity'
import { type Verdict } from '../result'
import { type GpuUse, type Parts, reserveBytes, sumOfUse } from './parts'

export interface Judgement {
  readonly verdict: Verdict
  readonly binding: string
  readonly missing: readonly string[]
  readonly warnings: readonly string[]
}

/** Bytes left on the worst card at the high and at the likely end; negative: missing. */
export function slackOf(parts: Parts, uses: readonly GpuUse[]): { high: number; likely: number } | undefined {
  let slack: { high: number; likely: number } | undefined
  for (const [index, gpu] of parts.request.gpus.entries()) {
    const use = uses[index]
    if (use === undefined) continue
    const budget = (gpu.freeBytes ?? gpu.totalBytes) - reserveBytes(parts.request)
    const total = sumOfUse(use)
    slack = {
      high: Math.min(slack?.high ?? Number.POSITIVE_INFINITY, budget - total.high),
      likely: Math.min(slack?.likely ?? Number.POSITIVE_INFINITY, budget - total.likely),
    }
  }
  return slack
}

function missingOf(parts: Parts): readonly string[] {
  const missing = [...(parts.settings.missing ?? []), ...parts.plan.missing, ...parts.compute.missing]
  if (parts.weights === undefined) missing.push('weights_bytes')
  if (parts.request.gpus.length === 0 && parts.placement.offloaded > 0) missing.push('gpu_memory')
  return missing
}

/** The verdict of `judge` without its words. */
export function verdictOf(
  parts: Parts,
  slack: { readonly high: number; readonly likely: number } | undefined,
): Verdict {
  if (missingOf(parts).length > 0) return 'unknown'
  if (slack === undefined || slack.high >= 0) return 'fits'
  return slack.likely >= 0 ? 'tight' : 'does_not_fit'
}

/** Compares the high end (fits) or the likely figure (tight) of every card with its budget. */
export function judge(parts: Parts, uses: readonly GpuUse[]): Judgement {
  const missing = missingOf(parts)
  if (missing.length > 0) {
    return { verdict: 'unknown', binding: `not known: ${missing.join(', ')}`, missing, warnings: [] }
  }
  const cards = parts.request.gpus.map((gpu, index) => {
    const use = uses[index]
    const budget = (gpu.freeBytes ?? gpu.totalBytes) - reserveBytes(parts.request)
    return { index, budget, total: use === undefined ? undefined : sumOfUse(use) }
  })
  const worst = cards.reduce<(typeof cards)[number] | undefined>((found, card) => {
    const slack = (each: typeof card): number => each.budget - (each.total?.high ?? 0)
    return found === undefined || slack(card) < slack(found) ? card : found
  }, undefined)
  if (worst === undefined)
    return { verdict: 'fits', binding: 'system memory only: no GPU is used', missing, warnings: [] }
  const total = worst.total ?? { low: 0, likely: 0, high: 0 }
  const where = parts.request.gpus.length > 1 ? `GPU ${worst.index}` : 'GPU memory'
  if (total.high <= worst.budget) {
    return {
      verdict: 'fits',
      binding: `${where}: ${inWords(worst.budget - total.high)} to spare even at the high end`,
      missing,
      warnings: [],
    }
  }
  if (cards.every((card) => (card.total?.likely ?? 0) <= card.budget)) {
    return { verdict: 'tight', binding: `${where}: only the likely figure fits`, missing, warnings: [] }
  }
  const over = Math.round(total.likely - worst.budget)
  return { verdict: 'does_not_fit', binding: `${where}: ${inWords(over)} too little`, missing, warnings: [] }
}
