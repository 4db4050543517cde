import { resolve } from 'node:path'
import { ok, type Result } from '#shared/domain/result'
import { ensureOwnRegistry } from '../../node/library/own-registry'
import { scanFolder } from '../../node/library/scan-folder'
import { type RegistryService } from '../../node/registry/registry-service'
import { type CliCommand, type CliContext } from '../command'

/** Registers models that are already on disk. */
export const scanCommand: CliCommand = {
  name: 'scan',
  summary: 'register the models found under directories',
  usesRegistry: true,
  configure: (command) => command.argument('<dir...>', 'directories to search'),
  async run({ context, rest }) {
    const registry = await registryToFill(context)
    if (!registry.ok) return registry
    const { inspector } = context.services
    const json = { added: 0, updated: 0, unchanged: 0, skipped: 0 }
    for (const dir of rest) {
      const target = { registry: registry.value, inspector }
      const report = await scanFolder(target, resolve(dir), { signal: context.signal })
      if (!report.ok) return report
      json.added += report.value.added
      json.skipped += report.value.skipped
    }
    const text = `${json.added} added, ${json.skipped} skipped (known already, no model, or not readable).`
    return ok({ json, text: `${text}\nRegistry: ${registry.value.location.path}` })
  },
}

/** The chosen registry; without one, a registry of the program's own is made in the data folder. */
async function registryToFill(context: CliContext): Promise<Result<RegistryService>> {
  const chosen = await context.openRegistry()
  if (chosen.ok || chosen.error.code !== 'NO_REGISTRY') return chosen
  const folder = await ensureOwnRegistry(context.services.world)
  if (!folder.ok) return folder
  const opened = await context.services.openRegistry(folder.value)
  if (!opened.ok) return opened
  const saved = await context.services.settings.update({ registry_path: folder.value })
  return saved.ok ? opened : saved
}
