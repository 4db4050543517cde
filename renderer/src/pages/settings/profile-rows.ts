import { builtInProfiles, type ProfilesFile } from '#shared/estimator/profiles'
import { type LearnedProfiles } from '#shared/ipc/profile-schemas'
import { profileFigures } from '../../format/profile-figures'
import { chosenName, NO_PROFILE } from '../../stores/chosen-profile'
import { otherFields } from './profile-form'

export interface ProfileRow {
  readonly name: string
  /** What the settings hold while this profile is in force. */
  readonly value: string
  readonly profile: ProfilesFile[string]
  readonly kind: 'built-in' | 'own' | 'measured'
  readonly isInUse: boolean
  /** `overhead 0.20 (0.05 to 0.50) GiB`; absent when it holds no values and its description says so. */
  readonly figures?: string
  /** Fields that another program wrote, by name. */
  readonly others: readonly string[]
}

/** Built-in profiles first; one of the user's own under such a name stands in its place. */
export function profileRows(profiles: LearnedProfiles, setting: string | undefined): readonly ProfileRow[] {
  const { own } = profiles
  const chosen = chosenName(setting, profiles)
  const names = [...new Set([...Object.keys(builtInProfiles), ...Object.keys(own)])]
  return names.map((name) => {
    const isOwn = Object.hasOwn(own, name)
    const profile = (isOwn ? own[name] : builtInProfiles[name]) ?? {}
    const value = name === 'default' && !isOwn ? NO_PROFILE : name
    return {
      name,
      value,
      profile,
      kind: !isOwn ? 'built-in' : name.startsWith('measured: ') ? 'measured' : 'own',
      isInUse: value === chosen,
      ...(holdsValues(profile) || profile.description === undefined ? { figures: profileFigures(profile) } : {}),
      others: otherFields(profile),
    }
  })
}

function holdsValues(profile: ProfilesFile[string]): boolean {
  return profileFigures(profile) !== profileFigures({})
}
