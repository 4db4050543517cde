import type { Result } from '#shared/domain/result'
import type { UiSettings } from '#shared/ipc/contract'
import type { Settings } from '../../../node/settings/settings-file'
import type { HandlerContext, Handlers } from './handlers'

export function settingsHandlers({
  services,
  host,
}: HandlerContext): Pick<Handlers, 'settings:get' | 'settings:update'> {
  return {
    'settings:get': async () => withoutPath(await services.settings.read()),
    'settings:update': async (patch) => {
      const saved = await services.settings.update(patch)
      if (saved.ok) host.applyTheme(saved.value.theme)
      return withoutPath(saved)
    },
  }
}

/** Paths stay in main; the page knows the registry by its label. */
function withoutPath(result: Result<Settings>): Result<UiSettings> {
  if (!result.ok) return result
  const { registry_path: _registry, downloads_folder: _folder, download_limits: _limits, ...settings } = result.value
  return { ok: true, value: settings }
}
