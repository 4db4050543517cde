import { basename } from 'node:path'
import { fail, ok, type Result } from '#shared/domain/result'
import { diagnose } from '../../node/doctor'
import { tidyJson } from '../../node/entries/care-json'
import { registryHealth } from '../../node/entries/registry-health'
import { type TidyReport, tidyRegistry } from '../../node/entries/tidy-registry'
import { type Resettable, reset, resettable } from '../../node/reset'
import { type CliCall, type CliCommand, type CliContext, type CliOutcome } from '../command'
import { collect, isSet, textOption, textsOption } from '../options'
import { table, visible } from '../render/table'
import { VERSION } from '../version'

/** What is installed, where files are, what is wrong, and what puts it right. */
export const doctorCommand: CliCommand = {
  name: 'doctor',
  summary: 'what is installed, where files are, what is wrong; --fix tidies the registry',
  usesRegistry: true,
  configure: (command) =>
    command
      .option('--fix', 'take over orphans and remove copies of rows (a dry run without --yes)')
      .option('--keep <id>', 'with --fix: of rows that differ, the one that stays (repeatable)', collect)
      .option('--yes', 'with --fix: do it')
      .option('--reset <what>', `forget how the window was left or what was read: ${resettable.join(', ')}`),
  async run({ context, options }) {
    const what = textOption(options, 'reset')
    if (what !== undefined) return resetOf(context, what)
    if (isSet(options, 'fix')) return fixed(context, options)
    return report(context)
  },
}

async function report(context: CliContext): Promise<Result<CliOutcome>> {
  const registry = await context.openRegistry()
  const { facts, problems } = await diagnose(context.services, { registry, version: VERSION })
  const health = registry.ok ? await registryHealth(registry.value, context.services.world.dataDir) : registry
  const setAside = health.ok ? health.value.set_aside.map(({ name }) => name) : []
  const shown = setAside.length === 0 ? facts : { ...facts, set_aside: setAside.join(', ') }
  const rows = Object.entries(shown).map(([key, value]) => [key, value])
  const lines = problems.map((problem) => `Problem: ${visible(problem)}`)
  const text = [table(rows), ...(lines.length > 0 ? ['', ...lines] : [])].join('\n')
  const json = { ...facts, problems, ...(setAside.length > 0 && { set_aside: setAside }) }
  // a report on a broken registry is a good report
  return ok({ json, text, exitCode: 0 })
}

async function fixed(context: CliContext, options: CliCall['options']): Promise<Result<CliOutcome>> {
  const registry = await context.openRegistry()
  if (!registry.ok) return registry
  const dryRun = !isSet(options, 'yes')
  const keep = textsOption(options, 'keep')
  const done = await tidyRegistry(registry.value, { dryRun, adopt: true, removeCopies: true, keep })
  if (!done.ok) return done
  return ok({ json: { dry_run: dryRun, ...tidyJson(done.value) }, text: fixedText(done.value, dryRun) })
}

function fixedText({ adopted, dropped, undecided, backup }: TidyReport, dryRun: boolean): string {
  const lines = [
    ...adopted.map((id) => `+ ${id}: only the merged file holds it; it goes into the discovered layer`),
    ...dropped.map((id) => `- ${id}`),
    ...undecided.flatMap(({ name, rows }) => [
      `? ${name}: ${rows.length} rows differ; choose with --keep`,
      ...rows.map(({ id, rows: places, differs }) => {
        const where = places.map(({ layer, index }) => `${layer} row ${index + 1}`).join(' and ')
        return `    --keep '${id}'  (${where}${differs.length > 0 ? `; differs in ${differs.join(', ')}` : ''})`
      }),
    ]),
  ].map(visible)
  if (adopted.length + dropped.length === 0) return [...lines, 'Nothing to put right.'].join('\n')
  const kept = backup === undefined ? '' : ` Backup: ${basename(backup)}.`
  const ending = dryRun ? 'Nothing was changed. Repeat with --yes.' : `Done.${kept} "undo" takes it back.`
  return [...lines, ending].join('\n')
}

async function resetOf({ services }: CliContext, what: string): Promise<Result<CliOutcome>> {
  const known = resettable.find((one): one is Resettable => one === what)
  if (known === undefined) {
    return fail('USAGE', `--reset "${what}" is unknown.`, { hint: `Choose one of: ${resettable.join(', ')}.` })
  }
  const done = await reset(services, known)
  if (!done.ok) return done
  const words = { layout: 'The window opens as at the first start.', cache: 'Model files are read anew.' }
  return ok({ json: { reset: known }, text: words[known] })
}
