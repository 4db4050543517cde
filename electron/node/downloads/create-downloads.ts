import { basename, dirname } from 'node:path'
import { type Inspection } from '#shared/domain/inspection'
import { ok, type Result } from '#shared/domain/result'
import { type PlanGpu } from '#shared/estimator/request'
import { findPlanGpu, planGpuOf } from '#shared/estimator-request/plan-gpus'
import { parseRepoReference } from '#shared/hub/repo-reference'
import { type SupportFileKind } from '#shared/hub/support-files'
import {
  type Cleaned,
  type DownloadFolder,
  type DownloadItem,
  type DownloadLimits,
  type FinishedDownload,
  type Leftover,
  type Lookup,
  type ProposedFlags,
} from '#shared/ipc/downloads'
import { inspectRemote } from '../hub/inspect-remote'
import { clientFor } from './client-for'
import { DownloadChoices } from './download-choices'
import { modelFolder, modelsFolder } from './download-model'
import { type DownloadsOptions } from './downloads-options'
import { freeBytesAt } from './free-space'
import { type FoundLeftover, findLeftovers, isBeingWritten, leftoverPlaces, removeLeftovers } from './leftovers'
import { lookupView, planChoice, Repositories } from './look-up'
import { openQueue } from './open-queue'
import { proposeFor } from './propose-for'
import { type DownloadQueue, type QueueAction } from './queue'

/** One set of weights of a repository at the commit that was looked at. */
export interface VariantChoice {
  readonly repository: string
  readonly commit: string
  readonly label: string
  readonly endpoint?: string
  readonly support?: string
  /** Exactly these files instead of the planned ones. */
  readonly files?: readonly string[]
}

export interface NewChoice extends VariantChoice {
  readonly withArchitecture: boolean
  /** Missing files of these kinds come from `support` into the model's folder. */
  readonly supportFiles?: readonly SupportFileKind[]
}

/** Everything behind the Downloads page. */
export interface Downloads {
  items(): Promise<readonly DownloadItem[]>
  finished(): Promise<readonly FinishedDownload[]>
  limits(): Promise<DownloadLimits>
  setLimits(limits: DownloadLimits): Promise<Result<void>>
  folder(): Promise<DownloadFolder>
  /** Absolute; `undefined` goes back to the usual one. */
  setFolder(path: string | undefined): Promise<Result<DownloadFolder>>
  lookup(text: string, endpoint: string | undefined): Promise<Result<Lookup>>
  /** Architecture of one variant from its remote headers. */
  inspect(choice: VariantChoice): Promise<Result<Inspection>>
  /** Ends every look-up and inspection under way as CANCELLED. */
  stopLooking(): void
  add(choice: NewChoice): Promise<Result<string>>
  act(id: string, action: QueueAction): Promise<Result<void>>
  all(action: 'pause' | 'resume' | 'clear'): Promise<void>
  leftovers(): Promise<readonly Leftover[]>
  clean(ids: readonly string[]): Promise<Result<Cleaned>>
  /** First launch flags of an entry for a named card, else for the detected ones. */
  propose(id: string, gpu: string | undefined): Promise<Result<ProposedFlags>>
  close(): Promise<void>
}

const CHANGE_EVERY_MS = 250

/** Nothing is read before it is asked for; the queue goes on where it stopped as soon as it is. */
export function createDownloads(options: DownloadsOptions): Downloads {
  const { world, inspector } = options.services
  const repositories = new Repositories()
  const notify = throttled(options.changed)
  const choices = new DownloadChoices(options.services.settings, modelsFolder(world))
  let looking = new AbortController()
  let opening: Promise<DownloadQueue> | undefined
  const queue = (): Promise<DownloadQueue> => {
    opening ??= openQueue(options, { choices, changed: notify })
    return opening
  }
  const read = async (choice: VariantChoice, signal?: AbortSignal) => {
    const client = await clientFor(options, choice.endpoint)
    if (!client.ok) return client
    const repository = await repositories.read(client.value, `${choice.repository}@${choice.commit}`, signal)
    if (!repository.ok) return repository
    const plan = planChoice(repository.value, choice)
    return plan.ok ? ok({ client: client.value, repository: repository.value, plan: plan.value }) : plan
  }
  const folderView = async (): Promise<DownloadFolder> => {
    const { path, isUsual } = await choices.folder()
    const free = await freeBytesAt(path)
    const needed = (await queue()).neededBytes
    return {
      label: options.labelOf(path),
      is_usual: isUsual,
      ...(free.ok && { free_bytes: Math.max(0, free.value - needed) }),
    }
  }
  const leftovers = async () => labelled(await allLeftovers(options, choices), await queue(), options.labelOf)
  return {
    items: async () => (await queue()).items(),
    finished: async () => (await queue()).done(),
    limits: () => choices.limits(),
    async setLimits(limits) {
      const saved = await choices.setLimits(limits)
      if (saved.ok) (await queue()).start()
      return saved
    },
    folder: folderView,
    async setFolder(path) {
      const saved = await choices.setFolder(path)
      return saved.ok ? ok(await folderView()) : saved
    },
    async lookup(text, endpoint) {
      const client = await clientFor(options, endpoint)
      if (!client.ok) return client
      const repository = await repositories.read(client.value, text, looking.signal)
      if (!repository.ok) return repository
      const { label: folderLabel, free_bytes: freeBytes } = await folderView()
      const queuedBytes = (await queue()).neededBytes
      const place = { folderLabel, queuedBytes, ...(freeBytes !== undefined && { freeBytes }) }
      return ok(lookupView(repository.value, place))
    },
    async inspect(choice) {
      const { signal } = looking
      const found = await read(choice, signal)
      if (!found.ok) return found
      const support = choice.support === undefined ? undefined : parseRepoReference(choice.support)
      if (support?.ok === false) return support
      const { client, repository, plan } = found.value
      return inspectRemote(
        { client, inspector, dataDir: world.dataDir },
        { repository, files: plan.files, signal, ...(support !== undefined && { support: support.value }) },
      )
    },
    stopLooking() {
      looking.abort()
      looking = new AbortController()
    },
    async add(choice) {
      const found = await read(choice)
      if (!found.ok) return found
      const { repository, plan } = found.value
      const { path } = await choices.folder()
      const { files, support, endpoint, supportFiles } = choice
      const what = files === undefined ? choice.label : `${files.length} ${files.length === 1 ? 'file' : 'files'}`
      return (await queue()).add({
        title: `${repository.id.slice(repository.id.indexOf('/') + 1)} ${what}`,
        repository: repository.id,
        commit: repository.commit,
        ...(files === undefined ? { weights: choice.label } : { include: [...files] }),
        with_architecture: choice.withArchitecture,
        folder: modelFolder(path, repository.id, plan),
        paths: plan.files.map((file) => file.path),
        total_bytes: plan.bytes,
        ...(support !== undefined && { support }),
        ...(supportFiles !== undefined && supportFiles.length > 0 && { support_files: [...supportFiles] }),
        ...(endpoint !== undefined && { endpoint }),
      })
    },
    act: async (id, action) => (await queue()).act(id, action),
    async all(action) {
      const open = await queue()
      if (action === 'pause') await open.pauseAll()
      else if (action === 'resume') open.resumeAll()
      else open.clearFinished()
    },
    leftovers,
    async clean(ids) {
      const wanted = new Set(ids)
      const open = await queue()
      const found = await allLeftovers(options, choices)
      const freed = await removeLeftovers(
        found.filter((one) => wanted.has(one.id) && !(one.kind === 'part' && open.owns(one.target))),
      )
      return freed.ok ? ok({ freed_bytes: freed.value, leftovers: [...(await leftovers())] }) : freed
    },
    async propose(id, gpu) {
      const registry = await current(options)
      if (!registry.ok) return registry
      const gpus = await cardsFor(options.services, gpu)
      return gpus.ok ? proposeFor({ registry: registry.value, inspector }, { id, gpus: gpus.value }) : gpus
    },
    async close() {
      if (opening !== undefined) await (await opening).close()
    },
  }
}

/** Cards of the plan: the named one, else all that are detected, else the first that was added by hand. */
async function cardsFor(
  { hardware, settings }: DownloadsOptions['services'],
  name: string | undefined,
): Promise<Result<readonly PlanGpu[]>> {
  const detected = await hardware.listGpus()
  const stored = await settings.read()
  const manual = stored.ok ? stored.value.manual_gpus : []
  if (name !== undefined) {
    const gpu = findPlanGpu(name, { detected: detected.ok ? detected.value : [], manual })
    return gpu.ok ? ok([gpu.value]) : gpu
  }
  if (detected.ok && detected.value.length > 0) return ok(detected.value.map(planGpuOf))
  return ok(manual.slice(0, 1).map((gpu) => ({ name: gpu.name, totalBytes: gpu.total_bytes, source: 'manual' })))
}

function current(options: DownloadsOptions): ReturnType<DownloadsOptions['registry']> {
  return options.currentRegistry?.() ?? options.registry()
}

/** Our own folder, the chosen one, and those of every entry. */
async function allLeftovers(options: DownloadsOptions, choices: DownloadChoices): Promise<readonly FoundLeftover[]> {
  const own = modelsFolder(options.services.world)
  const { path } = await choices.folder()
  const registry = await current(options)
  const loaded = registry.ok ? await registry.value.load() : registry
  return findLeftovers(leftoverPlaces(own, path === undefined ? [] : [path], loaded.ok ? loaded.value.entries : []))
}

async function labelled(
  found: readonly FoundLeftover[],
  queue: DownloadQueue,
  labelOf: (path: string) => string,
): Promise<readonly Leftover[]> {
  const views: Leftover[] = []
  for (const { id, target, kind, bytes, totalBytes, changedAt } of found) {
    const isWritten = kind === 'part' && !queue.owns(target) && (await isBeingWritten(target))
    views.push({
      id,
      name: basename(target),
      folder_label: labelOf(dirname(target)),
      kind,
      bytes,
      ...(totalBytes !== undefined && { total_bytes: totalBytes }),
      ...(kind === 'part' && queue.owns(target) && { needed_by: 'queue' }),
      ...(isWritten && { needed_by: 'program' }),
      changed_at: changedAt.toISOString(),
    })
  }
  return views
}

/** Calls through at once and then at most every 250 ms, the last call always. */
function throttled(run: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  let isPending = false
  const fire = (): void => {
    if (!isPending) {
      timer = undefined
      return
    }
    isPending = false
    timer = setTimeout(fire, CHANGE_EVERY_MS)
    timer.unref()
    run()
  }
  return () => {
    isPending = true
    if (timer === undefined) fire()
  }
}
