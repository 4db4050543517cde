import { randomUUID } from 'node:crypto'
import { homedir } from 'node:os'
import { fail, ok, type Result } from '#shared/domain/result'
import type { Input, Output } from '#shared/ipc/contract'
import type { ImportRow as RowView } from '#shared/ipc/import-channels'
import type { Candidates } from '../../../node/imports/candidate'
import { type ImportRow, type ImportTarget, importModels } from '../../../node/imports/import-models'
import { findInFolder } from '../../../node/imports/model-folders'
import { importSources } from '../../../node/imports/sources'
import { homeLabel } from '../../home-label'
import { registryToFill } from '../../registry-to-fill'
import type { Caller } from '../dispatch'
import type { HandlerContext, Handlers } from './handlers'
import { runJob } from './run-job'

type ImportChannel = Extract<keyof Handlers, `imports:${string}`>

interface Preview {
  readonly id: string
  readonly candidates: Candidates
}

/** Models that other programs keep, or that lie in a folder: first a preview, then the chosen ones. */
export function importHandlers(context: HandlerContext): Pick<Handlers, ImportChannel> {
  const { services } = context
  const { inspector, world } = services
  // The last preview of each window; a new one replaces it.
  const previews = new Map<number, Preview>()
  return {
    'imports:preview': async ({ place, choose, job }, caller) => {
      const root = await rootOf(context, { place, choose }, caller)
      if (root === undefined) return ok(null)
      const registry = await registryToCompare(context)
      if (!registry.ok) return registry
      return runJob(context, { job, caller }, async (options) => {
        const candidates = await (place === 'folder' ? findInFolder(root) : importSources[place].find(root))
        if (!candidates.ok) return candidates
        const target = { registry: registry.value, inspector, now: world.now }
        const report = await importModels(target, candidates.value, { ...options, dryRun: true })
        if (!report.ok) return report
        const preview = { id: randomUUID(), candidates: candidates.value }
        previews.set(caller.windowId, preview)
        return ok({
          id: preview.id,
          place,
          root_label: homeLabel(root, homedir()),
          rows: report.value.rows.map(rowView),
          notes: [...candidates.value.skipped],
        })
      })
    },
    'imports:run': async ({ id, only, job }, caller) => {
      const preview = previews.get(caller.windowId)
      if (preview?.id !== id) {
        return fail('CHANGED_WHILE_READING', 'This preview is no longer the last one.', { hint: 'Look again.' })
      }
      const registry = await registryToFill(services, context.session)
      if (!registry.ok) return registry
      return runJob(context, { job, caller }, async (options): Promise<Result<Output<'imports:run'>>> => {
        const target = { registry: registry.value, inspector, now: world.now }
        const wanted = { ...options, dryRun: false, only: new Set(only) }
        const report = await importModels(target, preview.candidates, wanted)
        if (!report.ok) return report
        const { rows, historyId } = report.value
        return ok({ rows: rows.map(rowView), ...(historyId !== undefined && { history_id: historyId }) })
      })
    },
  }
}

/** The folder to search; `undefined` when the dialog was cancelled. */
async function rootOf(
  { host, services }: HandlerContext,
  { place, choose }: Pick<Input<'imports:preview'>, 'place' | 'choose'>,
  { windowId }: Caller,
): Promise<string | undefined> {
  if (place === 'folder' || choose) return host.choosePath(windowId, 'directory', 'Choose a folder with models')
  return importSources[place].folder(services.world)
}

/** Looking writes nothing, not even an empty registry. */
async function registryToCompare({ session }: HandlerContext): Promise<Result<ImportTarget['registry']>> {
  const current = await session.current()
  if (current.ok || current.error.code !== 'NO_REGISTRY') return current
  return ok({
    load: async () => ok({ entries: [] }),
    change: async () => fail('NO_REGISTRY', 'There is no registry to write to.'),
  })
}

function rowView({ path, ...row }: ImportRow): RowView {
  return { ...row, place_label: homeLabel(path, homedir()) }
}
