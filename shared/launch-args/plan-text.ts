import { ok, type Result } from '#shared/domain/result'
import { type FlagDialect } from './catalogue'
import { checkChange } from './check-value'
import { type ApplyPlan } from './flag-change'
import { parseFlags } from './parse-flags'
import { changedNames, diffFlags, flagsBy } from './plan'
import { quoteFor, type Token, type TokenList, tokenize } from './tokenize'
import { planWarnings } from './warnings'

export interface TextPlanRequest {
  readonly before: readonly string[] | string
  /** In the form of `before`. */
  readonly after: readonly string[] | string
  readonly dialect: FlagDialect
  readonly limits?: { readonly contextLength?: number }
}

/**
 * What replacing the whole line of launch flags would do: the same plan as for single changes. A flag that changes to
 * an unusable value is an error, as when it is changed alone; what stays is not judged. Errors: BAD_VALUE, USAGE.
 */
export function planText(request: TextPlanRequest): Result<ApplyPlan> {
  const { dialect, limits } = request
  const before = tokenize(request.before)
  const after = tokenize(request.after)
  const flags = { before: flagsBy(before, dialect), after: flagsBy(after, dialect) }
  const changed = changedNames(flags.before, flags.after)
  const changes = changed.map((flag) => ({ flag, value: flags.after[flag] ?? null }))
  for (const change of changes.filter(({ flag }) => !flag.startsWith('no-'))) {
    const checked = checkChange(change, dialect)
    if (!checked.ok) return checked
  }
  const asked = { extraArgs: request.after, changes, removeDuplicates: false, dialect, ...(limits && { limits }) }
  return ok({
    before: copyOf(request.before),
    after: copyOf(request.after),
    diff: diffFlags(before, after, dialect),
    changed,
    warnings: planWarnings({ request: asked, after, flags: flags.after }),
  })
}

/** Launch flags as a person edits them: a list shows one flag with its value a line, a text stays as it is. */
export function flagsToText(extraArgs: readonly string[] | string, dialect: FlagDialect): string {
  if (typeof extraArgs === 'string') return extraArgs
  const list = tokenize(extraArgs)
  const starts = new Map(parseFlags(list.tokens, dialect).occurrences.map((one) => [one.at, one.tokenCount]))
  const lines: string[] = []
  for (let at = 0; at < list.tokens.length; ) {
    const count = starts.get(at) ?? 1
    const words = list.tokens.slice(at, at + count).map((token) => quoteFor('string', token.text))
    lines.push(words.join(' '))
    at += count
  }
  return lines.join('\n')
}

/** Back to the form of the file: `flagsToText` of a list and back is the identity. */
export function textToFlags(text: string, form: TokenList['form']): string[] | string {
  if (form === 'string') return text
  return tokenize(text).tokens.map((token: Token) => token.text)
}

function copyOf(extraArgs: readonly string[] | string): string[] | string {
  return typeof extraArgs === 'string' ? extraArgs : [...extraArgs]
}
