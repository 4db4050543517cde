import { type FlagChange } from './flag-change'
import { shellQuote } from './shell-quote'

/** Flags that `headroom apply` takes by their own name; every other one goes through `--set` and `--unset`. */
const OWN_OPTIONS: ReadonlySet<string> = new Set([
  'max-model-len',
  'max-num-seqs',
  'gpu-memory-utilization',
  'kv-cache-dtype',
  'tensor-parallel-size',
  'num-ctx',
])

export interface ApplyCommandInput {
  readonly name: string
  readonly changes: readonly FlagChange[]
  readonly removeDuplicates: boolean
  readonly contextWindow: number | undefined
}

/** The same change for a terminal: `headroom apply Qwen3-8B --max-model-len 8192`. */
export function applyCommand({ name, changes, removeDuplicates, contextWindow }: ApplyCommandInput): string {
  const parts = ['headroom', 'apply', name]
  for (const { flag, value } of changes) {
    if (value === null) parts.push('--unset', flag)
    else if (typeof value === 'string' && OWN_OPTIONS.has(flag)) parts.push(`--${flag}`, value)
    else parts.push('--set', value === true ? flag : `${flag}=${value}`)
  }
  if (removeDuplicates) parts.push('--remove-duplicates')
  if (contextWindow !== undefined) parts.push('--context-window', String(contextWindow))
  return parts.map((part) => shellQuote(part)).join(' ')
}
