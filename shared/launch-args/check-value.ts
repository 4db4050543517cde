import { fail, ok, type Result } from '#shared/domain/result'
import { parseHumanInteger } from '#shared/domain/units'
import { type FlagDialect } from './catalogue'
import { type Wish, wishOf } from './edit'
import { type FlagChange } from './flag-change'
import { type FlagOccurrence } from './parse-flags'

/** Counts and lengths that no engine starts with at zero or below. */
const POSITIVE = new Set([
  'max-model-len',
  'max-num-seqs',
  'max-num-batched-tokens',
  'kv-cache-memory-bytes',
  'block-size',
  'tensor-parallel-size',
  'pipeline-parallel-size',
  'data-parallel-size',
  'decode-context-parallel-size',
  'max-loras',
  'max-lora-rank',
])

/**
 * Refuses only what the engine cannot parse: BAD_VALUE for the value, USAGE for a name that is no flag. What is merely
 * unwise is a warning of the plan.
 */
export function checkChange(change: FlagChange, dialect: FlagDialect): Result<void> {
  if (!/^-{0,2}[A-Za-z][\w.+-]*$/.test(change.flag)) {
    return fail('USAGE', `"${change.flag}" is not the name of a flag.`, { hint: 'Write it like max-model-len.' })
  }
  const wish = wishOf(change, dialect)
  const { value } = wish
  if (typeof value === 'string' && value.includes('\0')) return bad(wish, 'holds a NUL character', 'Take it out.')
  if (value === null || wish.path.length > 0) return ok(undefined)
  return typeof value === 'boolean' ? checkBare(wish) : checkText(wish, value, dialect)
}

/** What is wrong with a value that stands on the line already, in words; nothing for one that an engine can read. */
export function problemOfValue({ name, known, values, path }: FlagOccurrence, dialect: FlagDialect) {
  const [text] = values
  const isNumeric = known?.kind === 'human_integer' || known?.kind === 'integer' || known?.kind === 'number'
  if (!known || text === undefined || path.length > 0 || !(isNumeric || known.kind === 'json')) return undefined
  const checked = checkText({ name, path, known, value: text }, text, dialect)
  return checked.ok ? undefined : checked.error.message
}

function checkBare({ name, known, value }: Wish): Result<void> {
  const needsValue =
    known !== undefined && known.kind !== 'switch' && known.kind !== 'optional' && known.kind !== 'list'
  if (value === true && needsValue) return fail('BAD_VALUE', `--${name} needs a value.`, { hint: 'Give one after it.' })
  return ok(undefined)
}

function checkText(wish: Wish, text: string, dialect: FlagDialect): Result<void> {
  const kind = wish.known?.kind
  switch (kind) {
    case 'switch':
      return bad(wish, `is a switch and cannot be "${text}"`, 'Set it to true or false.')
    case 'human_integer':
    case 'integer':
      return checkInteger(wish, text, dialect)
    case 'number':
      return checkNumber(wish, text)
    case 'json':
      return checkJson(wish, text)
    case 'text':
    case 'optional':
    case 'list':
    case undefined:
      return text === '' ? bad(wish, 'cannot be empty', 'Give a value or remove the flag.') : ok(undefined)
  }
}

function checkInteger(wish: Wish, text: string, dialect: FlagDialect): Result<void> {
  if (dialect === 'vllm' && wish.name === 'max-model-len' && (text === '-1' || text === 'auto')) return ok(undefined)
  const isHuman = wish.known?.kind === 'human_integer'
  const parsed = isHuman && !text.startsWith('-') ? parseHumanInteger(text) : plainInteger(text)
  if (!parsed.ok) return bad(wish, `is not a whole number: "${text}"`, parsed.error.hint ?? 'Write digits.')
  if (POSITIVE.has(wish.name) && parsed.value <= 0) return bad(wish, `must be above zero, not ${text}`, 'Write digits.')
  // llama.cpp: 0 is the trained context
  if (wish.name === 'num-ctx' && (parsed.value < 0 || (parsed.value === 0 && dialect !== 'llama.cpp'))) {
    return bad(wish, `must be above zero, not ${text}`, 'Write the context in tokens.')
  }
  return ok(undefined)
}

function plainInteger(text: string): Result<number> {
  const value = Number(text)
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(value)) return ok(value)
  return fail('BAD_VALUE', `"${text}" is not a whole number.`, { hint: 'Write digits only.' })
}

function checkNumber(wish: Wish, text: string): Result<void> {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) return bad(wish, `is not a number: "${text}"`, 'Write digits.')
  if (wish.name === 'gpu-memory-utilization' && !(value > 0 && value <= 1)) {
    return bad(wish, `must be above 0 and at most 1, not ${text}`, 'It is a share of each GPU: 0.9 is 90 %.')
  }
  return ok(undefined)
}

/** Older releases take `image=2` where newer ones take JSON; only broken JSON is refused. */
function checkJson(wish: Wish, text: string): Result<void> {
  if (!/^\s*[[{]/.test(text)) return ok(undefined)
  try {
    JSON.parse(text)
    return ok(undefined)
  } catch {
    return bad(wish, 'is not valid JSON', 'Check quotes and brackets.')
  }
}

function bad({ name, known }: Wish, problem: string, hint: string): Result<void> {
  return fail('BAD_VALUE', `${known?.spec?.writeAs ?? `--${name}`} ${problem}.`, { hint })
}
