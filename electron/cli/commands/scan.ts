import { resolve } from 'node:path'
import { ok } from '#shared/domain/result'
import { scanFolder } from '../../node/library/scan-folder'
import { type CliCommand } from '../command'
import { registryToFill } from '../registry-to-fill'

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
