import { isJsonObject, type Json, jsonEquals, ownValue } from '#shared/domain/json'
import { type RegistryEntry, type ValueEdit } from '#shared/domain/registry'
import { assertNever, fail, ok, type Result } from '#shared/domain/result'
import { type EntryEdit } from '#shared/ipc/entry-schemas'
import { dialectOf } from '#shared/launch-args/dialect-of'
import { planText } from '#shared/launch-args/plan-text'
import { describeModel, EXTRA_ARGS_PATH } from '#shared/registry/describe-model'
import { checkDefault, type DefaultKey } from '#shared/registry/generation-defaults'
import { valueAt } from '#shared/registry/layer-of-value'
import { planOverride, planRestore } from '#shared/registry/override-field'
import { checkEntry, withOriginals } from '../registry/apply-flags'
import { preview } from '../registry/change-registry'
import { type ChangeReceipt, type RegistryService } from '../registry/registry-service'
import { entryIn } from './find-entry'

export interface EditRequest {
  readonly id: string
  readonly edit: EntryEdit
  readonly now: Date
}

/**
 * One change of one entry under the lock, planned on what the files hold at that moment. Errors: UNKNOWN_MODEL,
 * BAD_VALUE, CONFLICT (with both values, when the person saw something else), and those of the registry.
 */
export function editEntry(registry: RegistryService, request: EditRequest): Promise<Result<ChangeReceipt>> {
  return registry.change({
    description: describeEdit(request),
    backup: request.edit.kind === 'flags',
    plan: (entries) => {
      const entry = entryIn(entries, request.id)
      const edits = entry.ok ? editsFor(entry.value, request) : entry
      return edits.ok ? ok([{ id: request.id, edits: edits.value }]) : edits
    },
  })
}

/** Points an entry at the folder to which its model was moved; `backend_config.model_path` follows when it was the same. */
export function relocateEntry(
  registry: RegistryService,
  { id, path }: { readonly id: string; readonly path: string },
): Promise<Result<ChangeReceipt>> {
  return registry.change({
    description: `locate ${id}`,
    backup: false,
    plan: (entries) => {
      const entry = entryIn(entries, id)
      if (!entry.ok) return entry
      const old = valueAt(entry.value.value, ['download_path'])
      const follows = old !== undefined && jsonEquals(valueAt(entry.value.value, MODEL_PATH), old)
      const edits: ValueEdit[] = [{ path: ['download_path'], value: path }]
      return ok([{ id, edits: follows ? [...edits, { path: MODEL_PATH, value: path }] : edits }])
    },
  })
}

const MODEL_PATH = ['backend_config', 'model_path'] as const

function editsFor(entry: RegistryEntry, { edit, now }: EditRequest): Result<readonly ValueEdit[]> {
  switch (edit.kind) {
    case 'override': {
      const note = edit.note?.trim() ?? ''
      const { field, value } = edit
      return planOverride(entry, { field, value, at: now.toISOString(), ...(note !== '' && { note }) })
    }
    case 'restore':
      return planRestore(entry, edit.field)
    case 'flags':
      return flagEdits(entry, edit)
    case 'defaults':
      return defaultEdits(entry, edit)
    case 'rename':
      return ok([{ path: ['display_name'], value: edit.display_name ?? undefined }])
    case 'deprecate':
      return ok([{ path: ['deprecated'], value: edit.deprecated }])
    default:
      return assertNever(edit)
  }
}

function flagEdits(
  entry: RegistryEntry,
  { flags, expected }: Extract<EntryEdit, { kind: 'flags' }>,
): Result<readonly ValueEdit[]> {
  const usable = checkEntry(entry)
  if (!usable.ok) return usable
  const model = describeModel(entry)
  if (!jsonEquals(expected, model.extra_args)) {
    return fail(
      'CONFLICT',
      `The launch flags of "${entry.name}" changed since you saw them: they are ${preview(model.extra_args)}, you saw ${preview(expected)}.`,
      { hint: 'Nothing was written. Compare both and decide.' },
    )
  }
  const plan = planText({ before: model.extra_args, after: flags, dialect: dialectOf(model.backend) })
  if (!plan.ok) return plan
  if (jsonEquals(model.extra_args, flags)) return ok([])
  const held = valueAt(entry.value, EXTRA_ARGS_PATH)
  return ok([{ path: EXTRA_ARGS_PATH, value: typeof flags === 'string' ? flags : withOriginals(held, flags) }])
}

function defaultEdits(
  entry: RegistryEntry,
  { values, expected }: Extract<EntryEdit, { kind: 'defaults' }>,
): Result<readonly ValueEdit[]> {
  const raw = ownValue(entry.value, 'generation_defaults')
  const held = isJsonObject(raw) ? raw : {}
  const edits: ValueEdit[] = []
  for (const [key, value] of Object.entries(values) as [DefaultKey, Json][]) {
    const checked = checkDefault(key, value)
    if (!checked.ok) return checked
    const now = ownValue(held, key) ?? null
    const seen = expected[key] ?? null
    if (!jsonEquals(now, seen) && !jsonEquals(now, value)) {
      return fail('CONFLICT', `${key} of "${entry.name}" is ${preview(now)} now; you saw ${preview(seen)}.`, {
        hint: 'Nothing was written. Look at the new value and decide.',
      })
    }
    if (!jsonEquals(now, value)) {
      edits.push({ path: ['generation_defaults', key], value: checked.value === null ? undefined : checked.value })
    }
  }
  return ok(edits)
}

function describeEdit({ id, edit }: EditRequest): string {
  switch (edit.kind) {
    case 'override':
      return `set ${edit.field} of ${id} by hand`
    case 'restore':
      return `restore ${edit.field} of ${id}`
    case 'flags':
      return `edit launch flags of ${id}`
    case 'defaults':
      return `edit generation defaults of ${id}`
    case 'rename':
      return `rename ${id} for display`
    case 'deprecate':
      return `${edit.deprecated ? 'deprecate' : 'take back deprecation of'} ${id}`
    default:
      return assertNever(edit)
  }
}
