import { useMemo } from 'react'
import { builtInProfiles, profileNamed } from '#shared/estimator/profiles'
import { type OverheadProfile } from '#shared/estimator/request'
import { type LearnedProfiles } from '#shared/ipc/profile-schemas'
import { useProfiles } from './profiles'
import { useExtraMargin, useSettings } from './settings'

/** Setting of somebody who wants every term from the engine's own model. */
export const NO_PROFILE = ''

/**
 * Name of the profile in force. The built-in `default` changes nothing, so it counts as none; an imported one of that
 * name does.
 */
export function chosenName(name: string | undefined, { own }: LearnedProfiles): string {
  return name === undefined || (name === 'default' && !Object.hasOwn(own, name)) ? NO_PROFILE : name
}

/** The profile of the settings; `undefined` when none is chosen, or the chosen one is gone. */
export function chosenProfile(name: string | undefined, profiles: LearnedProfiles): OverheadProfile | undefined {
  const chosen = chosenName(name, profiles)
  if (chosen === NO_PROFILE) return undefined
  const found = profileNamed(chosen, profiles.own)
  return found.ok ? found.value : undefined
}

/**
 * What every estimate of the window takes from the settings, page, badges and exports alike: the overhead profile, and
 * with it the extra margin.
 */
export function useChosenProfile(): OverheadProfile | undefined {
  const name = useSettings((state) => state.settings.overhead_profile)
  const profiles = useProfiles((state) => state.profiles)
  const marginBytes = useExtraMargin()
  return useMemo(() => {
    const profile = chosenProfile(name, profiles)
    return marginBytes === undefined ? profile : { ...(profile ?? NO_CORRECTION), marginBytes }
  }, [name, profiles, marginBytes])
}

/** Carries the margin of somebody who has chosen no profile. */
const NO_CORRECTION: OverheadProfile = { name: 'default', source: 'settings' }

export interface ProfileOption {
  readonly value: string
  readonly label: string
}

/** Every profile that can stand behind the numbers; `default` only where somebody's own file gave it values. */
export function profileOptions({ own }: LearnedProfiles): readonly ProfileOption[] {
  const names = [...new Set([...Object.keys(builtInProfiles), ...Object.keys(own)])]
  const usable = names.filter((name) => name !== 'default' || Object.hasOwn(own, name))
  return [{ value: NO_PROFILE, label: 'default, engine model' }, ...usable.map((value) => ({ value, label: value }))]
}
