import { type HeadroomError } from '#shared/domain/result'
import { editProfiles, type ProfileEdit, type ProfilePatch } from '#shared/estimator/profile-edits'
import { type ProfilesFile } from '#shared/estimator/profiles'

type Profile = ProfilesFile[string]

/** Low, likely and high as typed; all empty: the engine's own model. */
export interface AmountText {
  readonly low: string
  readonly likely: string
  readonly high: string
}

/** A profile while it is being typed. */
export interface ProfileDraft {
  readonly name: string
  readonly description: string
  readonly overhead: AmountText
  readonly graphs: AmountText
  readonly factor: string
}

export type DraftField = keyof ProfileDraft

const NO_AMOUNT: AmountText = { low: '', likely: '', high: '' }

export function draftOf(name: string, profile: Profile): ProfileDraft {
  return {
    name,
    description: profile.description ?? '',
    overhead: amountText(profile.non_torch_gib ?? profile.overhead_gib ?? profile.base_overhead_gib),
    graphs: amountText(profile.graph_gib),
    factor: profile.activation_factor === undefined ? '' : String(profile.activation_factor),
  }
}

function amountText(amount: Profile['graph_gib']): AmountText {
  if (amount === undefined) return NO_AMOUNT
  if (typeof amount === 'number') return { ...NO_AMOUNT, likely: String(amount) }
  const [low, likely, high] = amount
  return { low: String(low), likely: String(likely), high: String(high) }
}

export type DraftProblems = Readonly<Partial<Record<DraftField, string>>>

export type ReadDraft =
  | { readonly ok: true; readonly patch: ProfilePatch }
  | { readonly ok: false; readonly problems: DraftProblems }

/** The draft as values; every field that cannot be read says why. */
export function readDraft(draft: ProfileDraft): ReadDraft {
  const overhead = readAmount(draft.overhead)
  const graphs = readAmount(draft.graphs)
  const factor = readFactor(draft.factor)
  const problems: DraftProblems = {
    ...(draft.name.trim() === '' ? { name: 'A profile needs a name.' } : {}),
    ...(typeof overhead === 'string' ? { overhead } : {}),
    ...(typeof graphs === 'string' ? { graphs } : {}),
    ...(typeof factor === 'string' ? { factor } : {}),
  }
  if (typeof overhead === 'string' || typeof graphs === 'string' || typeof factor === 'string' || problems.name) {
    return { ok: false, problems }
  }
  const description = draft.description.trim()
  const patch = {
    description: description === '' ? null : description,
    non_torch_gib: overhead,
    graph_gib: graphs,
    activation_factor: factor,
  }
  return { ok: true, patch }
}

/** More GiB than any card has: a slip of the keyboard. */
const MOST_GIB = 1024

/** A problem in words, else the amount: `null` when nothing was typed. */
function readAmount({ low, likely, high }: AmountText): string | number | [number, number, number] | null {
  const texts = [low, likely, high].map((text) => text.trim().replaceAll(',', '.'))
  if (texts.every((text) => text === '')) return null
  const [first, middle, last] = texts.map((text) => (text === '' ? undefined : Number(text)))
  const bad = [first, middle, last].some((value) => value !== undefined && !(value >= 0 && value <= MOST_GIB))
  if (bad) return `Write GiB from 0 to ${MOST_GIB}, such as 0.25.`
  if (middle === undefined) return 'The likely value is needed.'
  if (first === undefined && last === undefined) return middle
  if (first === undefined || last === undefined) return 'Fill in both ends, or only the likely value.'
  return first <= middle && middle <= last ? [first, middle, last] : 'Low, likely and high must rise in this order.'
}

function readFactor(text: string): string | number | null {
  if (text.trim() === '') return null
  const value = Number(text.trim().replace(',', '.'))
  return value > 0 && value <= 10 ? value : 'Write a factor above 0 and up to 10, such as 1.1.'
}

/**
 * Why one of several edits would be refused, found before the first of them is written: a name that is taken must not
 * leave new values behind under the old name.
 */
export function refusalOf(own: ProfilesFile, edits: readonly ProfileEdit[]): HeadroomError | undefined {
  let next = own
  for (const edit of edits) {
    const edited = editProfiles(next, edit)
    if (!edited.ok) return edited.error
    next = edited.value
  }
  return undefined
}

/** Names of the file that a person did not touch are not part of the form; they stay with the profile. */
export function otherFields(profile: Profile): readonly string[] {
  const known = new Set([
    'description',
    'non_torch_gib',
    'overhead_gib',
    'base_overhead_gib',
    'graph_gib',
    'activation_factor',
  ])
  return Object.keys(profile).filter((key) => !known.has(key))
}
