import { type Json, ownValue } from '#shared/domain/json'
import { type ModelView } from '#shared/domain/model-view'
import { type EngineId, engineIds, type PlanGpu } from '#shared/estimator/request'
import { type MeasuredView, measuredView } from '../../format/measured-view'
import { type HeaderFacts } from '../../stores/estimator'
import { engineFor } from './fit'

export interface LastStart {
  /** `runtime:<engine>` */
  readonly origin: string
  /** ISO time of the start. */
  readonly observedAt?: string
  /** Measured beside estimated; absent when nothing of both is known. */
  readonly view?: MeasuredView
  /** What the engine said beyond the compared figures, under the keys of the metrics log. */
  readonly rest: readonly (readonly [string, Json])[]
}

/** Shown elsewhere on the page, or of no interest as a figure. */
const HIDDEN: ReadonlySet<string> = new Set(['observed_at', 'extra_args_snapshot', 'source'])

interface LastStartInput {
  readonly model: ModelView
  readonly facts: HeaderFacts | undefined
  /** Stands in when the start does not name its card. */
  readonly gpu: PlanGpu | undefined
}

/** The last recorded start of a model; `undefined` when the registry holds none. */
export function lastStart({ model, facts, gpu }: LastStartInput): LastStart | undefined {
  const stated = model.architecture ?? {}
  const { runtime } = stated
  if (runtime === undefined) return undefined
  const engine = engineOfStart(model)
  const tensors = model.tensors ?? facts?.tensors
  const about = { model, stated, engine, engineSource: 'backend', gpus: gpu === undefined ? [] : [gpu] }
  const view = measuredView(tensors === undefined ? about : { ...about, tensors })
  const shown = new Set(view?.columns.map(({ source }) => source))
  if (view?.refused !== undefined) shown.add('failure')
  const observedAt = ownValue(runtime, 'observed_at')
  return {
    origin: stated.sources?.find((one) => one.startsWith('runtime:')) ?? `runtime:${engine}`,
    ...(typeof observedAt === 'string' ? { observedAt } : {}),
    ...(view === undefined ? {} : { view }),
    rest: Object.entries(runtime).filter(([key]) => !HIDDEN.has(key) && !shown.has(key)),
  }
}

/** The engine that was measured, which need not be the one of the entry. */
function engineOfStart(model: ModelView): EngineId {
  const sources = model.architecture?.sources ?? []
  return engineIds.find((id) => sources.includes(`runtime:${id}`)) ?? engineFor(model)
}
