import { useState } from 'react'
import { exportedProfiles, importConflicts } from '#shared/estimator/profile-edits'
import { type ProfilesFile, writeProfiles } from '#shared/estimator/profiles'
import { type Output } from '#shared/ipc/contract'
import { call } from '../../api/call'
import { plural } from '../../format/numbers'
import { editProfiles } from '../../stores/profiles'
import { showError, showToast } from '../../stores/toasts'

type Chosen = NonNullable<Output<'profiles:choose'>>

interface ProfileFiles {
  readonly choose: () => Promise<void>
  readonly save: () => Promise<void>
  /** A file whose import would overwrite own profiles: the person decides. */
  readonly asked: (Chosen & { readonly conflicts: readonly string[] }) | undefined
  readonly confirm: () => Promise<void>
  readonly close: () => void
}

/** Import and export of the profiles as one JSON file, in the shape that older programs read too. */
export function useProfileFiles(own: ProfilesFile): ProfileFiles {
  const [asked, setAsked] = useState<ProfileFiles['asked']>()
  const close = () => setAsked(undefined)

  async function take(chosen: Chosen, replace: boolean) {
    close()
    const refused = await editProfiles({ kind: 'import', profiles: chosen.profiles, replace })
    if (refused !== undefined) return void showError(refused)
    const count = Object.keys(chosen.profiles).length
    showToast({ kind: 'ok', text: `${plural(count, 'profile')} read from ${chosen.label}.` })
  }
  async function choose() {
    const reply = await call('profiles:choose', {})
    if (!reply.ok) return void showError(reply.error)
    if (reply.value === null) return
    const conflicts = importConflicts(own, reply.value.profiles)
    if (conflicts.length > 0) setAsked({ ...reply.value, conflicts })
    else await take(reply.value, false)
  }
  async function save() {
    const text = writeProfiles(exportedProfiles(own))
    const reply = await call('files:save', { name: 'overhead-profiles.json', text })
    if (!reply.ok) showError(reply.error)
    else if (reply.value !== null) showToast({ kind: 'ok', text: `Profiles saved as ${reply.value.label}.` })
  }
  return { choose, save, asked, close, confirm: async () => asked && take(asked, true) }
}
