import { resolve } from 'node:path'
import { fail, ok, type Result } from '#shared/domain/result'
import { type SettingsStore } from './settings/settings-store'
import { type World } from './world'

/** Environment variables that name the registry, newest first. */
const VARIABLES = ['HEADROOM_REGISTRY_DIR', 'IMAGEWORKS_REGISTRY_DIR'] as const

/** Path of the registry: what was asked for, else the environment, else the settings. Error: NO_REGISTRY. */
export async function findRegistryPath(
  explicit: string | undefined,
  known: { readonly env: World['env']; readonly settings: SettingsStore },
): Promise<Result<string>> {
  if (explicit !== undefined) return ok(resolve(explicit))
  for (const variable of VARIABLES) {
    const path = known.env[variable]
    if (path !== undefined && path !== '') return ok(resolve(path))
  }
  const settings = await known.settings.read()
  if (settings.ok && settings.value.registry_path !== undefined) return ok(settings.value.registry_path)
  return fail('NO_REGISTRY', 'No model registry is chosen.', {
    hint: 'Name one with --registry PATH, or set HEADROOM_REGISTRY_DIR.',
  })
}
