import { type Inspection } from '#shared/domain/inspection'
import { ok, type Result } from '#shared/domain/result'
import { parseRepoReference } from '#shared/hub/repo-reference'
import { type DownloadItem, type FinishedDownload, type Lookup } from '#shared/ipc/downloads'
import { type HubClient } from '../hub/client'
import { inspectRemote } from '../hub/inspect-remote'
import { openHub } from '../hub/open-hub'
import { type RegistryService } from '../registry/registry-service'
import { type Services } from '../services'
import { discardParts } from './discard-parts'
import { downloadModel, modelFolder, modelsFolder } from './download-model'
import { freeBytesAt } from './free-space'
import { lookupView, planVariant, Repositories } from './look-up'
import { DownloadQueue, type QueueAction, type QueueWorld } from './queue'
import { readQueue, writeQueue } from './queue-file'

export interface DownloadsOptions {
  readonly services: Pick<Services, 'world' | 'inspector'>
  /** The registry to fill; made when there is none yet. */
  registry(): Promise<Result<RegistryService>>
  /** From the system's secret store. */
  readToken(): Promise<string | undefined>
  /** At most a few times a second. */
  changed(): void
  labelOf(path: string): string
}

/** One set of weights of a repository at the commit that was looked at. */
export interface VariantChoice {
  readonly repository: string
  readonly commit: string
  readonly label: string
  readonly endpoint?: string
  readonly support?: string
}

/** Everything behind the Downloads page. */
export interface Downloads {
  items(): Promise<readonly DownloadItem[]>
  finished(): Promise<readonly FinishedDownload[]>
  lookup(text: string, endpoint: string | undefined): Promise<Result<Lookup>>
  /** Architecture of one variant from its remote headers. */
  inspect(choice: VariantChoice): Promise<Result<Inspection>>
  add(choice: VariantChoice & { readonly withArchitecture: boolean }): Promise<Result<string>>
  act(id: string, action: QueueAction): Promise<Result<void>>
  all(action: 'pause' | 'resume' | 'clear'): Promise<void>
  close(): Promise<void>
}

const CHANGE_EVERY_MS = 250

/** Nothing is read before it is asked for; the queue goes on where it stopped as soon as it is. */
export function createDownloads(options: DownloadsOptions): Downloads {
  const { world, inspector } = options.services
  const repositories = new Repositories()
  const notify = throttled(options.changed)
  let opening: Promise<DownloadQueue> | undefined
  const queue = (): Promise<DownloadQueue> => {
    opening ??= openQueue(options, notify)
    return opening
  }
  const read = async (choice: VariantChoice) => {
    const client = await clientFor(options, choice.endpoint)
    if (!client.ok) return client
    const repository = await repositories.read(client.value, `${choice.repository}@${choice.commit}`)
    if (!repository.ok) return repository
    const plan = planVariant(repository.value, choice.label)
    return plan.ok ? ok({ client: client.value, repository: repository.value, plan: plan.value }) : plan
  }
  return {
    items: async () => (await queue()).items(),
    finished: async () => (await queue()).done(),
    async lookup(text, endpoint) {
      const client = await clientFor(options, endpoint)
      if (!client.ok) return client
      const repository = await repositories.read(client.value, text)
      if (!repository.ok) return repository
      const folder = modelsFolder(world)
      const free = await freeBytesAt(folder)
      const needed = (await queue()).neededBytes
      return ok(
        lookupView(repository.value, {
          folderLabel: options.labelOf(folder),
          ...(free.ok && { freeBytes: Math.max(0, free.value - needed) }),
        }),
      )
    },
    async inspect(choice) {
      const found = await read(choice)
      if (!found.ok) return found
      const support = choice.support === undefined ? undefined : parseRepoReference(choice.support)
      if (support?.ok === false) return support
      const { client, repository, plan } = found.value
      return inspectRemote(
        { client, inspector, dataDir: world.dataDir },
        { repository, files: plan.files, ...(support !== undefined && { support: support.value }) },
      )
    },
    async add(choice) {
      const found = await read(choice)
      if (!found.ok) return found
      const { repository, plan } = found.value
      return (await queue()).add({
        title: `${repository.id.slice(repository.id.indexOf('/') + 1)} ${choice.label}`,
        repository: repository.id,
        commit: repository.commit,
        weights: choice.label,
        with_architecture: choice.withArchitecture,
        folder: modelFolder(modelsFolder(world), repository.id, plan),
        paths: plan.files.map(({ path }) => path),
        total_bytes: plan.bytes,
        ...(choice.support !== undefined && { support: choice.support }),
        ...(choice.endpoint !== undefined && { endpoint: choice.endpoint }),
      })
    },
    act: async (id, action) => (await queue()).act(id, action),
    async all(action) {
      const open = await queue()
      if (action === 'pause') await open.pauseAll()
      else if (action === 'resume') open.resumeAll()
      else open.clearFinished()
    },
    async close() {
      if (opening !== undefined) await (await opening).close()
    },
  }
}

async function clientFor(options: DownloadsOptions, endpoint: string | undefined): Promise<Result<HubClient>> {
  // The token was given for the usual hub; a mirror that somebody names must not get it.
  const token = endpoint === undefined ? await options.readToken() : undefined
  const { env } = options.services.world
  return openHub({ env, ...(endpoint !== undefined && { endpoint }), ...(token !== undefined && { token }) })
}

async function openQueue(options: DownloadsOptions, changed: () => void): Promise<DownloadQueue> {
  const { world } = options.services
  const content = await readQueue(world.dataDir)
  // A queue that cannot be read must not be replaced by an empty one: this run keeps its own and saves nothing.
  const save: QueueWorld['save'] = content.ok ? (next) => writeQueue(world.dataDir, next) : async () => content
  const queue = new DownloadQueue(
    {
      run: (item, run) => runOne(options, item, run),
      discard: ({ folder, paths }) => discardParts(folder, paths),
      save,
      now: world.now,
      later: (milliseconds, run) => {
        const timer = setTimeout(run, milliseconds)
        timer.unref()
        return () => clearTimeout(timer)
      },
      changed,
    },
    content.ok ? content.value : { items: [], finished: [] },
  )
  queue.start()
  return queue
}

async function runOne(
  options: DownloadsOptions,
  item: Parameters<QueueWorld['run']>[0],
  run: Parameters<QueueWorld['run']>[1],
): ReturnType<QueueWorld['run']> {
  const client = await clientFor(options, item.endpoint)
  if (!client.ok) return client
  const support = item.support === undefined ? undefined : parseRepoReference(item.support)
  if (support?.ok === false) return support
  const registry = await options.registry()
  if (!registry.ok) return registry
  const { world, inspector } = options.services
  return downloadModel(
    { client: client.value, inspector, registry: registry.value, world },
    {
      reference: { id: item.repository, revision: item.commit },
      wish: {
        ...(item.weights !== undefined && { weights: item.weights }),
        ...(item.include !== undefined && { include: item.include }),
      },
      dir: item.folder,
      withArchitecture: item.with_architecture,
      ...(support !== undefined && { support: support.value }),
    },
    run,
  )
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
