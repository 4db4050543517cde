import { basename } from 'node:path'
import { ok, type Result } from '#shared/domain/result'
import type { Output } from '#shared/ipc/contract'
import {
  acceptProfile,
  dropProfile,
  editOwnProfiles,
  loadProfiles,
  readProfilesFile,
} from '../../../node/profiles/profiles'
import type { HandlerContext, Handlers } from './handlers'

type ProfileChannel = 'profiles:load' | 'profiles:accept' | 'profiles:drop' | 'profiles:edit' | 'profiles:choose'

/** Overhead profiles: those kept, and what the user's own starts teach. */
export function profileHandlers(context: HandlerContext): Pick<Handlers, ProfileChannel> {
  const { services, session, host } = context
  const load = async (): Promise<Result<Output<'profiles:load'>>> => {
    const registry = await session.current()
    return loadProfiles(services.world, registry.ok ? registry.value : undefined)
  }
  return {
    'profiles:load': load,
    'profiles:accept': async ({ name }) => {
      const registry = await session.current()
      if (!registry.ok) return registry
      const kept = await acceptProfile(services.world, registry.value, name)
      return kept.ok ? load() : kept
    },
    'profiles:drop': async ({ name }) => {
      const dropped = await dropProfile(services.world, name)
      return dropped.ok ? load() : dropped
    },
    'profiles:edit': async ({ edit }) => {
      const edited = await editOwnProfiles(services.world, edit)
      return edited.ok ? load() : edited
    },
    'profiles:choose': async (_input, { windowId }) => {
      const path = await host.choosePath(windowId, 'file', 'Import overhead profiles')
      if (path === undefined) return ok(null)
      const profiles = await readProfilesFile(path)
      return profiles.ok ? ok({ label: basename(path), profiles: profiles.value }) : profiles
    },
  }
}
