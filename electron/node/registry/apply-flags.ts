import { isJsonObject, type Json, jsonEquals, ownValue } from '#shared/domain/json'
import { type RegistryEntry, type ValueEdit } from '#shared/domain/registry'
import { fail, ok, type Result } from '#shared/domain/result'
import { dialectOf } from '#shared/launch-args/dialect-of'
import { type ApplyPlan, type FlagChange } from '#shared/launch-args/flag-change'
import { planApply } from '#shared/launch-args/plan'
import { alignLists } from '#shared/registry/align-lists'
import { describeModel, EXTRA_ARGS_PATH } from '#shared/registry/describe-model'
import { layerOfValue, valueAt } from '#shared/registry/layer-of-value'
import { changeRegistry, preview } from './change-registry'
import { type ApplyReceipt } from './registry-service'
import { type RegistrySession } from './session'

export interface ApplyRequest {
  readonly id: string
  readonly changes: readonly FlagChange[]
  readonly removeDuplicates: boolean
  readonly dryRun: boolean
  readonly expectedBefore?: readonly string[] | string
  readonly contextWindow?: number
}

export interface Applied {
  readonly receipt: ApplyReceipt
  /** What the files hold afterwards; absent for a dry run. */
  readonly revision?: string
}

/**
 * Edits launch flags of one entry in the layer where they count. The plan is made again from what the file holds at
 * the moment of writing; CONFLICT (with both lines) when that is not what the user saw.
 */
export async function applyFlags(session: RegistrySession, request: ApplyRequest): Promise<Result<Applied>> {
  if (request.dryRun) {
    const read = await session.read()
    const planned = read.ok ? planFor(read.value.entries, request) : read
    return planned.ok ? ok({ receipt: { ...receiptOf(planned.value), changed: false } }) : planned
  }
  let latest: Planned | undefined
  const changed = await changeRegistry(session, {
    description: describeChange(request),
    backup: true,
    plan: (entries) => {
      const planned = planFor(entries, request)
      if (!planned.ok) return planned
      latest = planned.value
      return ok([{ id: request.id, edits: editsOf(planned.value, request) }])
    },
  })
  if (!changed.ok) return changed
  if (!latest) return fail('INTERNAL', 'The change was made without a plan.')
  const { backup, historyId, snapshot } = changed.value
  const receipt = {
    ...receiptOf(latest),
    changed: changed.value.changed,
    ...(backup !== undefined && { backup }),
    ...(historyId !== undefined && { historyId }),
  }
  return ok({ receipt, revision: snapshot.revision })
}

interface Planned {
  readonly entry: RegistryEntry
  readonly plan: ApplyPlan
}

function planFor(entries: readonly RegistryEntry[], request: ApplyRequest): Result<Planned> {
  const entry = entries.find((one) => one.id === request.id)
  if (!entry)
    return fail('UNKNOWN_MODEL', `"${request.id}" is not in the registry any more.`, { hint: 'Load it again.' })
  const usable = checkEntry(entry)
  if (!usable.ok) return usable
  const model = describeModel(entry)
  const { expectedBefore } = request
  if (expectedBefore !== undefined && !jsonEquals(expectedBefore as Json, model.extra_args)) {
    return fail(
      'CONFLICT',
      `The launch flags of "${entry.name}" changed since you saw them: they are ${preview(model.extra_args)}, you saw ${preview(expectedBefore as Json)}.`,
      { hint: 'Nothing was written. Look at the new comparison and apply again.' },
    )
  }
  const contextLength = model.architecture?.context_length
  const plan = planApply({
    extraArgs: model.extra_args,
    changes: request.changes,
    removeDuplicates: request.removeDuplicates,
    dialect: dialectOf(model.backend),
    ...(contextLength !== undefined && { limits: { contextLength } }),
  })
  return plan.ok ? ok({ entry, plan: plan.value }) : plan
}

/** Flags in a form that no program writes are left alone rather than replaced. */
export function checkEntry(entry: RegistryEntry): Result<void> {
  const config = ownValue(entry.value, 'backend_config')
  const args = isJsonObject(config) ? ownValue(config, 'extra_args') : undefined
  const isOdd = config !== undefined && config !== null && !isJsonObject(config)
  const items: readonly Json[] = Array.isArray(args) ? args : []
  const hasOddItem = items.some((item) => typeof item !== 'string' && typeof item !== 'number')
  const isOddForm = args !== undefined && args !== null && !Array.isArray(args) && typeof args !== 'string'
  if (!isOdd && !hasOddItem && !isOddForm) return ok(undefined)
  return fail('BAD_TYPE', `The launch flags of "${entry.name}" are neither a list of texts nor one text.`, {
    hint: 'Repair backend_config.extra_args by hand.',
  })
}

function editsOf({ entry, plan }: Planned, { contextWindow }: ApplyRequest): readonly ValueEdit[] {
  const held = valueAt(entry.value, EXTRA_ARGS_PATH)
  const isSame = jsonEquals(plan.before, plan.after)
  const value = typeof plan.after === 'string' ? plan.after : withOriginals(held, plan.after)
  return [
    ...(isSame ? [] : [{ path: EXTRA_ARGS_PATH, value }]),
    ...(contextWindow === undefined ? [] : [{ path: ['generation_defaults', 'context_window'], value: contextWindow }]),
  ]
}

/** Numbers that somebody wrote into the list stay numbers where nothing changed. */
export function withOriginals(held: Json | undefined, after: readonly string[]): Json {
  if (!Array.isArray(held)) return after
  const old: readonly Json[] = held
  const result: Json[] = []
  let at = 0
  for (const run of alignLists<Json>(old, after, (left, right) => String(left) === String(right))) {
    result.push(...old.slice(at, run.at), ...run.inserted)
    at = run.at + run.removed
  }
  return [...result, ...old.slice(at)]
}

function receiptOf({ entry, plan }: Planned): Omit<ApplyReceipt, 'changed'> {
  return { name: entry.name, layer: layerOfValue(entry, EXTRA_ARGS_PATH), plan }
}

function describeChange({ changes, id }: ApplyRequest): string {
  const flags = changes.map((change) => `--${change.flag}`).slice(0, 5)
  const more = changes.length > flags.length ? ', ...' : ''
  return `apply ${flags.join(', ')}${more} to ${id}`
}
