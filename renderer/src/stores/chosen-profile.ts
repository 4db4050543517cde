import { useMemo } from 'react'
import { profileNamed } from '#shared/estimator/profiles'
import { type OverheadProfile } from '#shared/estimator/request'
import { type LearnedProfiles } from '#shared/ipc/profile-schemas'
import { useProfiles } from './profiles'
import { useSettings } from './settings'

/** Every term from the engine's own model. */
export const NO_PROFILE = 'default'

/** The profile of the settings; `undefined` when none is chosen, or the chosen one is gone. */
export function chosenProfile(name: string | undefined, { own }: LearnedProfiles): OverheadProfile | undefined {
  if (name === undefined || name === NO_PROFILE) return undefined
  const found = profileNamed(name, own)
  return found.ok ? found.value : undefined
}

/** The overhead profile that every estimate of the window uses: page, badges and exports alike. */
export function useChosenProfile(): OverheadProfile | undefined {
  const name = useSettings((state) => state.settings.overhead_profile)
  const profiles = useProfiles((state) => state.profiles)
  return useMemo(() => chosenProfile(name, profiles), [name, profiles])
}
