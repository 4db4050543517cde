import { builtInProfiles, suggestedProfile } from '#shared/estimator/profiles'
import { type PlanGpu } from '#shared/estimator/request'
import { type LearnedProfile, type LearnedProfiles } from '#shared/ipc/profile-schemas'
import { profileFigures } from '../../format/profile-figures'
import { chosenName, NO_PROFILE } from '../../stores/chosen-profile'

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

export function profileView({ name, profiles, gpus }: ProfileInput): ProfileView {
  const chosen = chosenName(name, profiles)
  const suggested = suggestedProfile(gpus)
  const stated = Object.hasOwn(profiles.own, chosen) ? profiles.own[chosen] : builtInProfiles[chosen]
  return {
    words:
      chosen === NO_PROFILE
        ? profileFigures({})
        : stated === undefined
          ? `There is no profile "${chosen}" any more.`
          : profileFigures(stated),
    isOwn: Object.hasOwn(profiles.own, chosen),
    ...(suggested !== 'default' && chosen === NO_PROFILE ? { suggestion: suggested } : {}),
    offers: profiles.learned.filter((one) => !Object.hasOwn(profiles.own, one.name)),
  }
}
