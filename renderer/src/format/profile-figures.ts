import { formatDecimal } from './numbers'

type Amount = number | readonly [number, number, number] | undefined

/** The values of an overhead profile; the overhead also under its older names. */
interface Figures {
  readonly non_torch_gib?: Amount
  readonly overhead_gib?: Amount
  readonly base_overhead_gib?: Amount
  readonly graph_gib?: Amount
  readonly activation_factor?: number | undefined
}

/** "overhead 0.13 (0.10 to 0.30) GiB, activations × 1.1" */
export function profileFigures(profile: Figures): string {
  const { graph_gib: graphs, activation_factor: factor } = profile
  const overhead = profile.non_torch_gib ?? profile.overhead_gib ?? profile.base_overhead_gib
  const parts = [
    overhead === undefined ? undefined : `overhead ${amount(overhead)} GiB`,
    graphs === undefined ? undefined : `graphs ${amount(graphs)} GiB`,
    factor === undefined ? undefined : `activations × ${formatDecimal(factor, 2)}`,
  ].filter((part) => part !== undefined)
  return parts.length === 0 ? 'every term from the engine model' : parts.join(', ')
}

function amount(gib: number | readonly [number, number, number]): string {
  if (typeof gib === 'number') return formatDecimal(gib, 2)
  const [low, likely, high] = gib
  return `${formatDecimal(likely, 2)} (${formatDecimal(low, 2)} to ${formatDecimal(high, 2)})`
}
