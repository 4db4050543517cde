import { parseHumanInteger } from '#shared/domain/units'
import { type FlagDialect, type FlagKind, findFlag, findSpec, type KnownFlag, splitAttached } from './catalogue'
import { isSwitchedOff } from './effective-flags'
import { type FlagChange } from './flag-change'
import { findJsonKey, type JsonKey, withJsonKey } from './json-key'
import { canonicalName, type FlagOccurrence, looksLikeFlag, parseFlags } from './parse-flags'
import { quoteFor, type Token, type TokenList } from './tokenize'

export interface EditOptions {
  readonly dialect: FlagDialect
  /** Also takes out earlier occurrences of the changed flag; the last one counts anyway. */
  readonly removeDuplicates: boolean
}

/** What a change asks for, once `no-x` and words such as `false` are understood. */
export interface Wish {
  /** Canonical name, without `no-`. */
  readonly name: string
  /** Keys of dotted JSON: `limit-mm-per-prompt.image`. */
  readonly path: readonly string[]
  readonly known?: KnownFlag
  readonly value: string | boolean | null
}

/** Reads a change: `no-x: true` and `x: "false"` both mean off for a switch. */
export function wishOf(change: FlagChange, dialect: FlagDialect): Wish {
  const [base = '', ...path] = dialect === 'vllm' ? change.flag.split('.') : [change.flag]
  const canonical = canonicalName(dialect, base)
  const known = findFlag(dialect, `--${canonical}`)
  const name = known?.name ?? canonical
  if (known?.kind !== 'switch' || change.value === null || path.length > 0) {
    return { name, path, ...(known && { known }), value: change.value }
  }
  const isFalse = typeof change.value === 'string' && /^(false|0|off|no)$/i.test(change.value)
  return { name, path, known, value: isFalse === known.isNegated }
}

/**
 * One flag changes, every other token stays byte for byte and in its place. An existing flag keeps its spelling and
 * style and is changed where it counts (its last occurrence); a new one goes to the end, before a literal `--`.
 * Setting what is already in effect changes nothing, so the edit is idempotent.
 */
export function editFlag(list: TokenList, change: FlagChange, options: EditOptions): TokenList {
  const wish = wishOf(change, options.dialect)
  const { occurrences, endOfFlags } = parseFlags(list.tokens, options.dialect)
  const mine = occurrences.filter((one) => isMeant(one, wish))
  if (wish.value === null) return withoutJsonKey(withoutOccurrences(list, mine), wish, options)
  const last = mine.at(-1)
  const json = last ? undefined : findJsonKey(occurrences, wish.name, wish.path)
  if (json) return rewriteJson(list, json, wish)
  const edited = last ? rewrite(list, last, wish) : append(list, endOfFlags, { wish, occurrences, options })
  // earlier occurrences stand before the edited one, so their places still hold
  return options.removeDuplicates ? withoutOccurrences(edited, mine.slice(0, -1)) : edited
}

/** A dotted key is changed inside the JSON of its flag when that is how the line is written: one flag, one place. */
function rewriteJson(list: TokenList, json: JsonKey, wish: Wish): TokenList {
  const value = withJsonKey(json, wish.value)
  if (value === undefined) return list
  const { occurrence } = json
  const own = list.tokens.slice(occurrence.at, occurrence.at + occurrence.tokenCount)
  return { ...list, tokens: splice(list.tokens, occurrence, rewriteValue(list, own, { last: occurrence, value })) }
}

function withoutJsonKey(list: TokenList, wish: Wish, { dialect }: EditOptions): TokenList {
  const json = findJsonKey(parseFlags(list.tokens, dialect).occurrences, wish.name, wish.path)
  return json ? rewriteJson(list, json, wish) : list
}

/** Whether an occurrence is the flag that is meant; taking a flag out takes its dotted parts along. */
export function isMeant(occurrence: FlagOccurrence, wish: Wish): boolean {
  if (occurrence.name !== wish.name) return false
  if (wish.value === null && wish.path.length === 0) return true
  return occurrence.path.join('.') === wish.path.join('.')
}

/** Whether two texts mean the same value: `0.9` and `0.90`, `8k` and `8000`. */
export function sameValue(left: string, right: string, kind: FlagKind | undefined): boolean {
  if (left === right) return true
  switch (kind) {
    case 'human_integer': {
      const [one, other] = [parseHumanInteger(left), parseHumanInteger(right)]
      return one.ok && other.ok && one.value === other.value
    }
    case 'integer':
    case 'number':
      return left.trim() !== '' && right.trim() !== '' && Number(left) === Number(right)
    case 'list':
      return left.trim().split(/\s+/).join(' ') === right.trim().split(/\s+/).join(' ')
    default:
      return false
  }
}

function withoutOccurrences(list: TokenList, gone: readonly FlagOccurrence[]): TokenList {
  if (gone.length === 0) return list
  const indexes = new Set(gone.flatMap((one) => Array.from({ length: one.tokenCount }, (_, offset) => one.at + offset)))
  const kept = list.tokens.filter((_token, index) => !indexes.has(index))
  // the first word keeps no separator in front of it that only divided it from a removed one
  const [first, ...rest] = kept
  if (!first || list.form === 'list' || !indexes.has(0)) return { ...list, tokens: kept }
  return { ...list, tokens: [{ ...first, lead: list.tokens[0]?.lead ?? '' }, ...rest] }
}

function rewrite(list: TokenList, last: FlagOccurrence, wish: Wish): TokenList {
  const replacement = rewritten(list, last, wish)
  return replacement ? { ...list, tokens: splice(list.tokens, last, replacement) } : list
}

function splice(tokens: readonly Token[], { at, tokenCount }: FlagOccurrence, inserted: readonly Token[]): Token[] {
  return [...tokens.slice(0, at), ...inserted, ...tokens.slice(at + tokenCount)]
}

/** The tokens of one flag after the change, or nothing when it says so already. */
function rewritten(list: TokenList, last: FlagOccurrence, wish: Wish): Token[] | undefined {
  const own = list.tokens.slice(last.at, last.at + last.tokenCount)
  const [flag] = own
  if (!flag) return undefined
  if (typeof wish.value === 'boolean') {
    if (wish.known?.kind === 'switch') return rewriteSwitch(list, own, { last, isOn: wish.value })
    return last.values.length === 0 ? undefined : [written(list, flag, last.spelling)]
  }
  if (wish.value === null || sameValue(last.values.join(' '), wish.value, wish.known?.kind)) return undefined
  const [value = '', ...more] = wish.known?.kind === 'list' ? wish.value.trim().split(/\s+/) : [wish.value]
  // `--x=a b` would leave b without a flag: several values follow the name, each on its own
  if (more.length > 0 && last.style !== 'separate') {
    return [written(list, flag, last.spelling), ...[value, ...more].map((text) => fresh(list, text))]
  }
  return [...rewriteValue(list, own, { last, value }), ...more.map((text) => fresh(list, text))]
}

interface ValueRewrite {
  readonly last: FlagOccurrence
  readonly value: string
}

function rewriteValue(list: TokenList, own: readonly Token[], { last, value }: ValueRewrite): Token[] {
  const [flag, old] = own
  if (!flag) return []
  const mustAttach = looksLikeFlag(value)
  // `-tp2` and `-qawq` keep their form where the new value is read back just so
  const attached = last.style === 'attached' ? splitAttached('vllm', last.spelling + value) : undefined
  if (attached?.[0] === last.spelling) return [written(list, flag, last.spelling + value)]
  if (last.style === 'attached' || last.style === 'equals' || mustAttach) {
    return [written(list, flag, `${last.spelling}=${value}`)]
  }
  return [flag, old ? written(list, old, value) : fresh(list, value)]
}

interface SwitchRewrite {
  readonly last: FlagOccurrence
  readonly isOn: boolean
}

function rewriteSwitch(list: TokenList, own: readonly Token[], { last, isOn }: SwitchRewrite): Token[] | undefined {
  const [flag, value] = own
  if (!flag || isSwitchedOff(last) !== isOn) return undefined
  const word = last.values[0]
  if (!last.isNegated && word !== undefined) {
    const opposite = isOn ? 'True' : 'False'
    const text = /^[a-z]/.test(word) ? opposite.toLowerCase() : opposite
    return value ? [flag, written(list, value, text)] : [written(list, flag, `${last.spelling}=${text}`)]
  }
  return [written(list, flag, switchSpelling(last, isOn))]
}

/** `--no-x` becomes `--x` and back, with the underscores of the line; short forms fall back to the long one. */
function switchSpelling({ spelling, name, known, isNegated, isAbbreviated }: FlagOccurrence, isOn: boolean): string {
  const separator = spelling.includes('_') ? '_' : '-'
  const long = (known?.spec?.writeAs ?? `--${name}`).slice(2).replaceAll('-', separator)
  if (isNegated && !isAbbreviated && /^--no[-_]/.test(spelling)) return `--${spelling.slice(5)}`
  return isOn ? `--${long}` : `--no${separator}${long}`
}

interface Append {
  readonly wish: Wish
  readonly occurrences: readonly FlagOccurrence[]
  readonly options: EditOptions
}

function append(list: TokenList, endOfFlags: number, { wish, occurrences, options }: Append): TokenList {
  const spelling = newSpelling(wish, options.dialect)
  const texts = newTexts(spelling, wish, usesEquals(occurrences))
  const added = texts.map((text) => fresh(list, text))
  if (list.form === 'list' || endOfFlags > 0) return { ...list, tokens: insertAt(list.tokens, endOfFlags, added) }
  const [next, ...others] = list.tokens
  const [first, ...more] = added
  const leading = first ? [{ ...first, lead: next?.lead ?? '' }, ...more] : []
  return { ...list, tokens: [...leading, ...(next ? [{ ...next, lead: ' ' }, ...others] : [])] }
}

function insertAt(tokens: readonly Token[], at: number, added: readonly Token[]): Token[] {
  return [...tokens.slice(0, at), ...added, ...tokens.slice(at)]
}

function newSpelling({ name, path, known, value }: Wish, dialect: FlagDialect): string {
  const spec = known?.spec ?? findSpec(dialect, name)
  const long = spec?.writeAs ?? `--${name}`
  const base = value === false ? `--no-${long.slice(2)}` : long
  return [base, ...path].join('.')
}

function newTexts(spelling: string, { value, known }: Wish, isEquals: boolean): string[] {
  if (typeof value !== 'string') return [spelling]
  if (known?.kind === 'list') return [spelling, ...value.trim().split(/\s+/)]
  return isEquals || looksLikeFlag(value) ? [`${spelling}=${value}`] : [spelling, value]
}

/** A line that writes `--a=b` throughout gets its new flag in the same style. */
function usesEquals(occurrences: readonly FlagOccurrence[]): boolean {
  const long = occurrences.filter((one) => one.spelling.startsWith('--'))
  return long.some((one) => one.style === 'equals') && !long.some((one) => one.style === 'separate')
}

function fresh(list: TokenList, text: string): Token {
  return { text, raw: quoteFor(list.form, text), lead: list.form === 'string' ? ' ' : '' }
}

function written(list: TokenList, old: Token, text: string): Token {
  return { text, raw: quoteFor(list.form, text), lead: old.lead }
}
