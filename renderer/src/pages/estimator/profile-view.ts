import { builtInProfiles, suggestedProfile } from '#shared/estimator/profiles'
import { type PlanGpu } from '#shared/estimator/request'
import { type LearnedProfile, type LearnedProfiles } from '#shared/ipc/profile-schemas'
import { formatDecimal } from '../../format/numbers'
import { NO_PROFILE } from '../../stores/chosen-profile'

export interface ProfileOption {
  readonly value: string
  readonly label: string
}

export function profileOptions({ own }: LearnedProfiles): readonly ProfileOption[] {
  const names = [...new Set([...Object.keys(builtInProfiles), ...Object.keys(own)])]
  return names.map((value) => ({ value, label: value === NO_PROFILE ? 'none, engine model' : value }))
}

export interface ProfileView {
  /** What the profile says, in figures. */
  readonly words: string
  readonly isOwn: boolean
  /** Fits the card better than what is chosen. */
  readonly suggestion?: string
  /** Learned from the user's own starts and not kept yet. */
  readonly offers: readonly LearnedProfile[]
}

interface ProfileInput {
  readonly name: string | undefined
  readonly profiles: LearnedProfiles
  readonly gpus: readonly PlanGpu[]
}

export function profileView({ name = NO_PROFILE, profiles, gpus }: ProfileInput): ProfileView {
  const suggested = suggestedProfile(gpus)
  const stated = Object.hasOwn(profiles.own, name) ? profiles.own[name] : builtInProfiles[name]
  const isSuggested = suggested !== NO_PROFILE && name === NO_PROFILE
  return {
    words: stated === undefined ? `There is no profile "${name}" any more.` : figures(stated),
    isOwn: Object.hasOwn(profiles.own, name),
    ...(isSuggested ? { suggestion: suggested } : {}),
    offers: profiles.learned.filter((one) => !Object.hasOwn(profiles.own, one.name)),
  }
}

type Figures = Pick<LearnedProfile, 'activation_factor'> & {
  readonly non_torch_gib?: number | readonly [number, number, number] | undefined
  readonly graph_gib?: number | readonly [number, number, number] | undefined
}

/** "overhead 0.13 (0.10 to 0.30) GiB, activations × 1.1" */
export function figures({ non_torch_gib: nonTorch, graph_gib: graphs, activation_factor: factor }: Figures): string {
  const parts = [
    nonTorch === undefined ? undefined : `overhead ${amount(nonTorch)} GiB`,
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
