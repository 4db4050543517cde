import { type FlagDialect, type FlagKind, type FlagSpec } from './catalogue/flag-spec'
import { llamaCppFlags } from './catalogue/llama-cpp'
import { llamaCppOtherAliases, llamaCppOtherSwitches, llamaCppOtherValues } from './catalogue/llama-cpp-other'
import { ollamaFlags, ollamaOtherSwitches, ollamaOtherValues } from './catalogue/ollama'
import { vllmFlags } from './catalogue/vllm'
import {
  vllmOtherAliases,
  vllmOtherIntegers,
  vllmOtherLists,
  vllmOtherSwitches,
  vllmOtherValues,
} from './catalogue/vllm-other'

export { type FlagDialect, type FlagKind, type FlagSpec, flagDialects } from './catalogue/flag-spec'

/** A flag that a command line may hold. `spec` only when it matters for memory. */
export interface KnownFlag {
  readonly name: string
  readonly kind: FlagKind
  readonly isNegated: boolean
  readonly spec?: FlagSpec
}

interface Table {
  readonly bySpelling: ReadonlyMap<string, KnownFlag>
  /** Canonical names, each once. */
  readonly names: readonly string[]
  /** Short spellings, longest first, for `-tp2`. */
  readonly shorts: readonly string[]
}

/** Memory-relevant flags of one engine, for help texts. */
export function memoryFlags(dialect: FlagDialect): readonly FlagSpec[] {
  return { vllm: vllmFlags, 'llama.cpp': llamaCppFlags, ollama: ollamaFlags }[dialect]
}

/** The memory-relevant flag of a canonical name. */
export function findSpec(dialect: FlagDialect, name: string): FlagSpec | undefined {
  return memoryFlags(dialect).find((spec) => spec.name === name)
}

/**
 * `-tp`, `--max_model_len`, `--no-enforce-eager`: the flag that this spelling means, exactly. Ollama entries can hold
 * flags of vLLM, so those are recognised there too (`ownsFlag` tells them apart).
 */
export function findFlag(dialect: FlagDialect, spelling: string): KnownFlag | undefined {
  const normal = normaliseSpelling(spelling)
  const own = tableOf(dialect).bySpelling.get(normal)
  return own ?? (dialect === 'ollama' ? tableOf('vllm').bySpelling.get(normal) : undefined)
}

/** The same for a name as a person types it: `max-model-len`, `--max_model_len`, `-tp`, and also `tp` or `ngl`. */
export function findByName(dialect: FlagDialect, name: string): KnownFlag | undefined {
  if (name.startsWith('-')) return findFlag(dialect, name)
  return findFlag(dialect, `--${name}`) ?? findFlag(dialect, `-${name}`)
}

/** Whether the name belongs to this engine's own table. */
export function ownsFlag(dialect: FlagDialect, name: string): boolean {
  return tableOf(dialect).bySpelling.has(`--${name}`)
}

/** Most letters that a slip of the pen gets wrong. */
const MOST_SLIPS = 2

/** The one known name that differs from this one by case or by a letter or two; nothing for short or several ones. */
export function nearestName(dialect: FlagDialect, name: string): string | undefined {
  const wanted = name.toLowerCase()
  if (wanted.length < 6) return undefined
  // only names of nearly the same length can be that near: few are compared
  const names = tableOf(dialect).names.filter((one) => Math.abs(one.length - wanted.length) <= MOST_SLIPS)
  const near = names.map((one) => ({ one, slips: distance(one, wanted) }))
  const least = Math.min(...near.map(({ slips }) => slips))
  const [best, ...others] = near.filter(({ slips }) => slips === least)
  return least <= MOST_SLIPS && others.length === 0 ? best?.one : undefined
}

/** Levenshtein distance; a row in which everything is too far already ends the search. */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= right.length; j += 1) {
      const cost = left[i - 1] === right[j - 1] ? 0 : 1
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + cost))
    }
    if (Math.min(...next) > MOST_SLIPS) return MOST_SLIPS + 1
    row = next
  }
  return row.at(-1) ?? 0
}

/** The only known long flag that starts with this text (argparse accepts unique prefixes), or nothing. */
export function findByPrefix(dialect: FlagDialect, spelling: string): KnownFlag | undefined {
  const prefix = normaliseSpelling(spelling)
  if (dialect !== 'vllm' || prefix.length < 5 || !prefix.startsWith('--')) return undefined
  const matches = new Map<string, KnownFlag>()
  for (const [name, flag] of tableOf(dialect).bySpelling) {
    if (name.startsWith(prefix)) matches.set(`${flag.isNegated}:${flag.name}`, flag)
  }
  const [only] = matches.values()
  return matches.size === 1 ? only : undefined
}

/** Short flag with its value attached (`-tp2`, `-qawq`): spelling and value. */
export function splitAttached(dialect: FlagDialect, token: string): readonly [string, string] | undefined {
  if (dialect !== 'vllm' || token.startsWith('--')) return undefined
  const short = tableOf(dialect).shorts.find((spelling) => token.startsWith(spelling) && token.length > spelling.length)
  if (short === undefined) return undefined
  const value = token.slice(short.length)
  const kind = tableOf(dialect).bySpelling.get(short)?.kind
  const isNumeric = kind === 'integer' || kind === 'human_integer' || short === '-O'
  if (kind === 'switch' || (isNumeric && !/^\d+$/.test(value)) || (!isNumeric && short.length > 2)) return undefined
  return [short, value]
}

/** Long flags: `_` and `-` are equal. Short ones are taken as they are. */
export function normaliseSpelling(spelling: string): string {
  return spelling.startsWith('--') ? spelling.replaceAll('_', '-') : spelling
}

const tables = new Map<FlagDialect, Table>()

function tableOf(dialect: FlagDialect): Table {
  const known = tables.get(dialect)
  if (known) return known
  const table = buildTable(dialect)
  tables.set(dialect, table)
  return table
}

function buildTable(dialect: FlagDialect): Table {
  const bySpelling = new Map<string, KnownFlag>()
  const add = (spelling: string, flag: KnownFlag): void => {
    if (!bySpelling.has(spelling)) bySpelling.set(spelling, flag)
  }
  for (const spec of memoryFlags(dialect)) addSpec(spec, add)
  const others = otherFlags(dialect)
  for (const [name, kind] of others) addName(name, kind, add)
  const kinds = new Map(others)
  for (const [short, name] of Object.entries(otherAliases[dialect])) {
    add(short, { name, kind: kinds.get(name) ?? 'text', isNegated: false })
  }
  const shorts = [...bySpelling.keys()].filter((spelling) => !spelling.startsWith('--'))
  const names = [...new Set([...bySpelling.values()].map((flag) => flag.name))]
  return { bySpelling, names, shorts: shorts.sort((left, right) => right.length - left.length) }
}

type Add = (spelling: string, flag: KnownFlag) => void

function addSpec(spec: FlagSpec, add: Add): void {
  const flag = { name: spec.name, kind: spec.kind, spec }
  for (const spelling of [`--${spec.name}`, ...spec.aliases]) {
    add(spelling, { ...flag, isNegated: false })
    if (spec.kind === 'switch' && spelling.startsWith('--'))
      add(`--no-${spelling.slice(2)}`, { ...flag, isNegated: true })
  }
  for (const spelling of spec.negatives ?? []) add(spelling, { ...flag, isNegated: true })
}

function addName(name: string, kind: FlagKind, add: Add): void {
  add(`--${name}`, { name, kind, isNegated: false })
  if (kind === 'switch') add(`--no-${name}`, { name, kind, isNegated: true })
}

const otherAliases: Readonly<Record<FlagDialect, Readonly<Record<string, string>>>> = {
  vllm: vllmOtherAliases,
  'llama.cpp': llamaCppOtherAliases,
  ollama: {},
}

function otherFlags(dialect: FlagDialect): readonly (readonly [string, FlagKind])[] {
  const tag = (names: readonly string[], kind: FlagKind) => names.map((name) => [name, kind] as const)
  const groups = {
    vllm: [
      tag(vllmOtherSwitches, 'switch'),
      tag(vllmOtherValues, 'text'),
      tag(vllmOtherIntegers, 'integer'),
      tag(vllmOtherLists, 'list'),
    ],
    'llama.cpp': [tag(llamaCppOtherSwitches, 'switch'), tag(llamaCppOtherValues, 'text')],
    ollama: [tag(ollamaOtherSwitches, 'switch'), tag(ollamaOtherValues, 'text')],
  }
  return groups[dialect].flat()
}
