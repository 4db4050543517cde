import { levers } from '#shared/estimator/levers'
import { type FlagValues } from '#shared/estimator/request'
import { requestFor } from './calculations'
import { type Question } from './question'

/** One change that helps, as the page offers it. */
export interface LeverOffer {
  readonly name: string
  readonly flags: FlagValues
  /** Button: `Set 0.95`, `Try fp8`. */
  readonly action: string
  /** The same with its flag, for assistive technology. */
  readonly spoken: string
  /** What it does and costs; flags stand between backticks. */
  readonly words: string
}

const SHOWN = 2

/** The cheapest changes, at most two. Empty when nothing helps, or nothing is known. */
export function leverOffers(question: Question): readonly LeverOffer[] {
  const request = requestFor(question)
  const found = request.ok ? levers(request.value) : request
  if (!found.ok) return []
  return found.value.slice(0, SHOWN).map(({ name, values, words }) => {
    const flags = Object.entries(values)
    const spoken = flags.map(([flag, value]) => (value === true ? `--${flag}` : `--${flag} ${value}`)).join(' ')
    const action = actionOf(flags[0]?.[1])
    return { name, flags: values, action, spoken: `${action}: ${spoken}`, words }
  })
}

function actionOf(value: string | true | undefined): string {
  if (value === undefined || value === true) return 'Try it'
  return /^[\d.]+$/.test(value) ? `Set ${value}` : `Try ${value}`
}
