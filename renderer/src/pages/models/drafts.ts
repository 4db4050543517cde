import { type Json, jsonEquals } from '#shared/domain/json'
import { type ModelView } from '#shared/domain/model-view'
import { ok, type Result } from '#shared/domain/result'
import { dialectOf } from '#shared/launch-args/dialect-of'
import { type ApplyPlan } from '#shared/launch-args/flag-change'
import { flagsToText, planText, textToFlags } from '#shared/launch-args/plan-text'
import { type DefaultKey, defaultKeys, defaultText, parseDefault } from '#shared/registry/generation-defaults'

/** Launch flags being edited: the text, and the flags on which it was begun. */
export interface FlagDraft {
  readonly text: string
  readonly base: string[] | string
}

/** Generation defaults being edited, by key: what was typed, and what stood there. */
export type DefaultDrafts = Readonly<Partial<Record<DefaultKey, { readonly text: string; readonly seen: Json }>>>

export function beginDraft(model: ModelView): FlagDraft {
  return { text: flagsToText(model.extra_args, dialectOf(model.backend)), base: model.extra_args }
}

export interface FlagEditView {
  /** In the form of the file. */
  readonly flags: string[] | string
  readonly plan: Result<ApplyPlan>
  /** How many lines of the comparison differ. */
  readonly changes: number
  /** What another program wrote since the edit began: its comparison with what the edit began on. */
  readonly theirs?: ApplyPlan
}

/** What saving a draft would do to the flags that the entry holds now. */
export function flagEditView(model: ModelView, draft: FlagDraft): FlagEditView {
  const dialect = dialectOf(model.backend)
  const flags = textToFlags(draft.text, typeof model.extra_args === 'string' ? 'string' : 'list')
  const limit = model.architecture?.context_length
  const limits = limit === undefined ? {} : { limits: { contextLength: limit } }
  const plan = planText({ before: model.extra_args, after: flags, dialect, ...limits })
  const isMoved = !jsonEquals(draft.base, model.extra_args)
  const theirs = isMoved ? planText({ before: draft.base, after: model.extra_args, dialect }) : undefined
  return {
    flags,
    plan,
    changes: plan.ok ? plan.value.diff.filter(({ kind }) => kind !== 'same').length : 0,
    ...(theirs?.ok ? { theirs: theirs.value } : {}),
  }
}

/** Whether the draft says something else than what it began on. */
export function isDirty(draft: FlagDraft, model: ModelView): boolean {
  return draft.text !== flagsToText(draft.base, dialectOf(model.backend))
}

export interface DefaultChange {
  readonly key: DefaultKey
  readonly before: string
  readonly after: string
  readonly value: Json
}

/** Values that differ from what the entry holds. BAD_VALUE for the first that cannot be read. */
export function defaultChanges(
  drafts: DefaultDrafts,
  held: Readonly<Record<string, Json>>,
): Result<readonly DefaultChange[]> {
  const changes: DefaultChange[] = []
  for (const key of defaultKeys) {
    const draft = drafts[key]
    if (draft === undefined) continue
    const read = parseDefault(key, draft.text)
    if (!read.ok) return read
    const now = held[key] ?? null
    if (!jsonEquals(now, read.value)) {
      changes.push({ key, before: defaultText(now), after: defaultText(read.value), value: read.value })
    }
  }
  return ok(changes)
}
