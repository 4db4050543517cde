import { type Gpu } from '#shared/domain/hardware'
import { fail, ok } from '#shared/domain/result'
import { type Bridge } from '#shared/ipc/bridge'
import { channelNames, eventNames } from '#shared/ipc/channels'
import { type Channel, type Input, type Output, type Reply, type UiSettings } from '#shared/ipc/contract'
import { type EventName, type EventPayload } from '#shared/ipc/events'
import { dialectOf } from '#shared/launch-args/dialect-of'
import { planApply } from '#shared/launch-args/plan'
import { type RegistryView } from '../stores/registry'
import { sampleView } from './sample-view'

type Handlers = { readonly [C in Channel]?: (input: Input<C>) => Reply<Output<C>> }

export interface FakeOptions {
  /** Overrides single calls, to let one of them fail. */
  readonly handlers?: Handlers
  readonly view?: RegistryView
  readonly gpus?: readonly Gpu[]
  readonly settings?: Partial<UiSettings>
}

export interface FakeApi {
  readonly api: Bridge
  /** Every call in order, for assertions. */
  readonly calls: { readonly channel: Channel; readonly input: unknown }[]
  readonly emit: <E extends EventName>(event: E, payload: EventPayload<E>) => void
}

export const FAKE_GPU: Gpu = {
  index: 0,
  name: 'NVIDIA GeForce RTX 4090',
  total_bytes: 25_393_692_672,
  used_bytes: 590_000_000,
  free_bytes: 24_803_692_672,
  processes: [
    { pid: 900, name: '/usr/lib/xorg/Xorg', used_bytes: 350_000_000 },
    { pid: 1200, name: 'firefox', used_bytes: 240_000_000 },
  ],
}

/** A typed stand-in for main: the sample library in memory; apply and undo work. */
export function createFakeApi(options: FakeOptions = {}): FakeApi {
  const calls: { channel: Channel; input: unknown }[] = []
  const listeners = new Map<string, Set<(payload: never) => void>>()
  const handlers: Handlers = { ...defaultHandlers(options), ...options.handlers }
  const channels = Object.fromEntries(
    channelNames.map((channel) => [
      channel,
      (input: never) => {
        calls.push({ channel, input })
        const handler = handlers[channel]
        return Promise.resolve(handler?.(input) ?? fail('UNAVAILABLE', `The fake does not answer ${channel}.`))
      },
    ]),
  )
  const on = (event: string) => (listener: (payload: never) => void) => {
    const set = listeners.get(event) ?? new Set()
    listeners.set(event, set.add(listener))
    return () => set.delete(listener)
  }
  const events: readonly EventName[] = eventNames
  // Built from tables, so the compiler cannot see the single members.
  const api = {
    ...channels,
    on: Object.fromEntries(events.map((event) => [event, on(event)])),
    grantDropped: (files: readonly object[]) =>
      Promise.resolve(files.map((_, index) => ({ token: `dropped-file-token-${index}`, label: 'model.gguf' }))),
  } as unknown as Bridge
  return {
    api,
    calls,
    emit: (event, payload) => {
      for (const listener of listeners.get(event) ?? []) listener(payload as never)
    },
  }
}

/** Puts a fake behind `window.api` (tests, and `?fake` in the dev server). */
export function installFakeApi(options: FakeOptions = {}): FakeApi {
  const fake = createFakeApi(options)
  Object.defineProperty(window, 'api', { value: fake.api, configurable: true })
  return fake
}

/** The one change of the fake's history. */
const APPLIED = {
  id: 'change-1',
  at: '2026-01-05T09:00:00Z',
  description: 'apply',
  models: [],
  files: [],
  undone: false,
}

/** Calls that the estimator and the frame make; the others answer UNAVAILABLE unless a test says otherwise. */
function defaultHandlers(options: FakeOptions): Handlers {
  let view = options.view ?? sampleView()
  let before: RegistryView | undefined
  let settings: UiSettings = { theme: 'system', contrast: 'system', manual_gpus: [], ...options.settings }
  const totals = { added: 0, updated: 0, unchanged: 0, skipped: 0, failed: 0 }
  return {
    'app:info': () =>
      ok({ version: '0.1.0', platform: 'linux', electron: '45', data_label: '~/.config/headroom', packaged: false }),
    'settings:get': () => ok(settings),
    'settings:update': (patch) => {
      // The schema allows no `undefined`; zod's partial type does.
      settings = { ...settings, ...patch } as UiSettings
      return ok(settings)
    },
    'registry:load': () => ok(view),
    'registry:choose': () => ok(null),
    'registry:useSample': () => {
      view = sampleView()
      return ok(view)
    },
    'registry:scanFolder': () => ok(null),
    'registry:history': () => ok(before === undefined ? [] : [APPLIED]),
    'registry:undo': () => {
      if (before === undefined) return fail('NOTHING_TO_UNDO', 'There is nothing to take back.')
      view = { ...before, revision: `${view.revision}u` }
      before = undefined
      return ok({ restored: { ...APPLIED, undone: true }, view })
    },
    'registry:backups': () => ok([]),
    'registry:restore': () => ok(view),
    'models:raw': ({ id }) => ok({ text: JSON.stringify({ name: id }, null, 2) }),
    'models:headers': () => fail('NOT_FOUND', 'The files are not on this computer.'),
    'models:apply': (input) => {
      const model = view.models.find(({ id }) => id === input.id)
      if (model === undefined) return fail('UNKNOWN_MODEL', `There is no model "${input.id}".`)
      const plan = planApply({
        extraArgs: model.extra_args,
        changes: input.changes,
        removeDuplicates: input.remove_duplicates,
        dialect: dialectOf(model.backend),
      })
      if (!plan.ok) return plan
      before = view
      const models = view.models.map((one) => (one.id === model.id ? { ...one, extra_args: plan.value.after } : one))
      view = { ...view, models, revision: `${view.revision}+` }
      const receipt = { name: model.name, layer: model.extra_args_layer, changed: true, plan: plan.value }
      return ok({ receipt: { ...receipt, history_id: APPLIED.id }, view })
    },
    'models:details': () =>
      ok({
        defaults: {},
        layers: { flags: 'discovered', defaults: 'discovered', architecture: 'discovered', entry: 'discovered' },
        history: [],
      }),
    'models:files': () => fail('NOT_FOUND', 'The files are not on this computer.'),
    'models:edit': ({ id, edit }) => {
      const changed = edit.kind === 'flags' ? { extra_args: edit.flags } : {}
      view = { ...view, models: view.models.map((one) => (one.id === id ? { ...one, ...changed } : one)) }
      return ok({ changed: true, view })
    },
    'models:remove': ({ id }) => {
      view = { ...view, models: view.models.filter((one) => one.id !== id) }
      return ok({ receipt: { removed: id, deleted: 0, kept: [] }, view })
    },
    'models:locate': () => ok(null),
    'files:save': () => ok(null),
    'health:report': () => ok({ files: [], unknown_keys: [], duplicates: [], orphans: [], set_aside: [] }),
    'health:openFolder': () => ok({}),
    'backups:compare': () => ok({ added: [], removed: [], changed: [], values: 0, models: 0 }),
    'files:browse': () => ok(null),
    'files:inspect': () =>
      ok({
        path: 'model.gguf',
        format: 'gguf',
        architecture:
          sampleView().models.find(({ architecture }) => architecture?.source === 'gguf')?.architecture ?? {},
        files: [{ path: 'model.gguf', bytes: 5_000_000_000, role: 'weights' }],
      }),
    'gpus:list': () => ok({ gpus: [...(options.gpus ?? [FAKE_GPU])] }),
    'maintenance:migrate': () => ok({ results: [], totals }),
    'maintenance:reconcile': () =>
      ok({ results: [], unmatched: [], skipped_lines: 0, totals, metrics_label: 'logs/model_loader_metrics.jsonl' }),
    'maintenance:pending': () => ok({ models: [], metrics_label: 'logs/model_loader_metrics.jsonl' }),
    'profiles:load': () => ok({ own: {}, learned: [], left_out: [] }),
    'jobs:cancel': () => ok({ cancelled: false }),
    'clipboard:write': () => ok({}),
    'doctor:report': () => ok({ text: 'Headroom 0.1.0' }),
  }
}
