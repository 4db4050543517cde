import { type LayerGroup } from '#shared/domain/architecture'

interface WindowPattern {
  readonly period?: number
  readonly denseFirst?: boolean
}

/**
 * One group per layer, in order. Groups that repeat are runs and keep their order; merged groups are spread by the
 * family's window pattern when their counts agree with it, else evenly. The order decides only what lands on which device.
 */
export function orderGroups(groups: readonly LayerGroup[], pattern: WindowPattern | undefined): LayerGroup[] {
  if (hasRuns(groups)) return groups.flatMap(repeat)
  const own = groups.filter((group) => group.kind !== 'shared_kv')
  const shared = groups.filter((group) => group.kind === 'shared_kv').flatMap(repeat)
  return [...(byPattern(own, pattern) ?? spreadEvenly(own)), ...shared]
}

function repeat(group: LayerGroup): LayerGroup[] {
  return Array.from({ length: group.count }, () => group)
}

function hasRuns(groups: readonly LayerGroup[]): boolean {
  const seen = new Set(groups.map((group) => JSON.stringify({ ...group, count: 0 })))
  return seen.size < groups.length
}

function byPattern(groups: readonly LayerGroup[], pattern: WindowPattern | undefined): LayerGroup[] | undefined {
  const period = pattern?.period
  if (groups.length !== 2 || period === undefined || period < 2) return undefined
  const windowed = groups.find((group) => group.window !== undefined)
  const full = groups.find((group) => group.window === undefined)
  if (windowed === undefined || full === undefined) return undefined
  const layers = Array.from({ length: windowed.count + full.count }, (_, index) => {
    const isWindowed = pattern?.denseFirst === true ? index % period !== 0 : index % period < period - 1
    return isWindowed ? windowed : full
  })
  return layers.filter((layer) => layer === full).length === full.count ? layers : undefined
}

function spreadEvenly(groups: readonly LayerGroup[]): LayerGroup[] {
  const total = groups.reduce((sum, group) => sum + group.count, 0)
  const placed = groups.map(() => 0)
  const order: LayerGroup[] = []
  for (let index = 0; index < total; index += 1) {
    let best = 0
    let bestDebt = Number.NEGATIVE_INFINITY
    groups.forEach((group, position) => {
      const debt = ((index + 1) * group.count) / total - (placed[position] ?? 0)
      if (debt > bestDebt) {
        best = position
        bestDebt = debt
      }
    })
    const group = groups[best]
    if (group === undefined) break
    placed[best] = (placed[best] ?? 0) + 1
    order.push(group)
  }
  return order
}
