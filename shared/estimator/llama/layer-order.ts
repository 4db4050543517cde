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

/** The largest group fills; the others come whenever their share is due, so that 6 and 2 become "3, 1, 3, 1". */
function spreadEvenly(groups: readonly LayerGroup[]): LayerGroup[] {
  const total = groups.reduce((sum, group) => sum + group.count, 0)
  const largest = groups.reduce<LayerGroup | undefined>(
    (most, group) => (most === undefined || group.count > most.count ? group : most),
    undefined,
  )
  if (largest === undefined) return []
  const others = groups.filter((group) => group !== largest).map((group) => ({ group, placed: 0 }))
  let filled = 0
  return Array.from({ length: total }, (_, index) => {
    const due = others.find(({ group, placed }) => placed + 1 <= ((index + 1) * group.count) / total)
    const isFull = filled === largest.count
    // Several groups may be due at once; what waited comes when the largest is used up.
    const next = due ?? (isFull ? others.find(({ group, placed }) => placed < group.count) : undefined)
    if (next === undefined) {
      filled += 1
      return largest
    }
    next.placed += 1
    return next.group
  })
}
