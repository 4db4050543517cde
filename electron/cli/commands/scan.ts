import { resolve } from 'node:path'
import { ok, type Result } from '#shared/domain/result'
import { type ImportReport, importModels } from '../../node/imports/import-models'
import { missingUnder } from '../../node/imports/missing-under'
import { findInFolder } from '../../node/imports/model-folders'
import { type RegistryService } from '../../node/registry/registry-service'
import { type CliCommand, type CliContext } from '../command'
import { isSet } from '../options'
import { addProposalOptions, proposeFlagsFor, statusWithoutProposals } from '../proposed-flags'
import { registryToFill } from '../registry-to-fill'

/** Registers models that are already on disk; those that are known are brought up to date. */
export const scanCommand: CliCommand = {
  name: 'scan',
  summary: 'register the models found under directories',
  usesRegistry: true,
  configure: (command) =>
    addProposalOptions(
      command.argument('<dir...>', 'directories to search').option('--dry-run', 'say what would change, write nothing'),
    ),
  async run({ context, rest, options }) {
    const dryRun = isSet(options, 'dryRun')
    const registry = dryRun ? await context.openRegistry() : await registryToFill(context)
    if (!registry.ok) return registry
    const totals = { added: 0, updated: 0, unchanged: 0, skipped: 0 }
    const notes: string[] = []
    const added: string[] = []
    for (const dir of rest) {
      const report = await scanOne({ context, registry: registry.value, dryRun }, resolve(dir))
      if (!report.ok) return report
      for (const key of ['added', 'updated', 'unchanged', 'skipped'] as const) totals[key] += report.value[key]
      notes.push(...report.value.notes)
      if (!dryRun) added.push(...report.value.rows.flatMap(({ status, name }) => (status === 'added' ? [name] : [])))
    }
    const proposed = await proposeFlagsFor({ context, options }, registry.value, added)
    // The models are registered: what goes wrong with the proposals must not hide that.
    if (!proposed.ok) notes.push(`No launch flags were proposed: ${proposed.error.message}`)
    const { proposals, lines } = proposed.ok ? proposed.value : { proposals: [], lines: [] }
    const exitCode = proposed.ok ? undefined : statusWithoutProposals(proposed.error, options)
    const json = { ...totals, ...(proposals.length > 0 && { proposed_flags: proposals }) }
    const head = dryRun ? 'Would be: ' : ''
    const counts = `${totals.added} added, ${totals.updated} updated, ${totals.unchanged} unchanged, ${totals.skipped} skipped.`
    const text = [`${head}${counts}`, ...lines, `Registry: ${registry.value.location.path}`].join('\n')
    return ok({ json, text, notes, ...(exitCode !== undefined && { exitCode }) })
  },
}

async function scanOne(
  { context, registry, dryRun }: { context: CliContext; registry: RegistryService; dryRun: boolean },
  root: string,
): Promise<Result<ImportReport>> {
  const { inspector, world } = context.services
  const found = await findInFolder(root)
  if (!found.ok) return found
  const done = await importModels({ registry, inspector, now: world.now }, found.value, {
    signal: context.signal,
    dryRun,
  })
  if (!done.ok) return done
  const loaded = await registry.load()
  const missing = loaded.ok ? await missingUnder(root, loaded.value.entries) : []
  const gone = missing.map((name) => `${name}: its files are no longer there; the entry stays`)
  return ok({ ...done.value, notes: [...done.value.notes, ...gone] })
}
