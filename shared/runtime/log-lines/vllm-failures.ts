import { readNumber } from './clean-line'
import { type VllmRecord } from './vllm-record'

const NUM = String.raw`(-?\d[\d,]*(?:\.\d+)?)`
const re = (source: string): RegExp => new RegExp(source.replaceAll('NUM', NUM))

interface FailureRule {
  readonly kind: string
  readonly pattern: RegExp
  /** Facts in the order of the groups; an empty name is passed over. */
  readonly facts?: readonly string[]
}

/** Refusals by kind, most telling first. */
const rules: readonly FailureRule[] = [
  {
    kind: 'needed_gt_available',
    pattern: re(
      String.raw`max seq len \(NUM\),? \(?NUM Gi?B KV cache is needed, which is larger than the available KV cache memory ` +
        String.raw`\(NUM Gi?B\)(?:.*?estimated maximum model length is NUM)?`,
    ),
    facts: ['failed_max_model_len', 'needed_kv_gib', 'available_kv_gib', 'estimated_max_model_len'],
  },
  {
    kind: 'max_seq_len_gt_kv',
    pattern: re(
      String.raw`max seq len \(NUM\) is larger than the maximum number of tokens that can be stored in KV cache \(NUM\)`,
    ),
    facts: ['failed_max_model_len', 'kv_cache_tokens'],
  },
  {
    kind: 'free_memory_lt_requested',
    pattern: re(String.raw`Free memory on device.*?is less than desired GPU memory utilization \(NUM, NUM GiB\)`),
    facts: ['configured_gpu_memory_utilization', ''],
  },
  { kind: 'no_available_memory', pattern: /No available memory for the cache blocks/ },
  {
    kind: 'mamba_slots',
    pattern: re(String.raw`max_num_seqs \(NUM\) exceeds available Mamba cache blocks \(NUM\)`),
    facts: ['', 'state_slots'],
  },
  {
    kind: 'derived_len',
    pattern: re(String.raw`User-specified max_model_len \(NUM\) is greater than the derived max_model_len \(.*?NUM`),
    facts: ['failed_max_model_len', 'derived_max_model_len'],
  },
  {
    kind: 'batch_lt_len',
    pattern: re(String.raw`max_num_batched_tokens \(NUM\) is smaller than max_model_len \(NUM\)`),
  },
  { kind: 'cuda_oom', pattern: /torch\.(?:cuda\.)?OutOfMemoryError: |\b(?:CUDA|HIP|XPU|NPU) out of memory/ },
]

const DEATH = /EngineCore failed to start|Engine (?:core|process) (?:initialization failed|failed to start)/
/** The last line of a Python traceback. */
const EXCEPTION = /^(?:[a-z_][\w]*\.)*[A-Z]\w*(?:Error|Exception|Interrupt): \S/
/** An exception that only tells of another one. */
const ECHO = /See (?:root cause|stack trace)/
const MAX_SENTENCE = 1000

/**
 * Notes a refusal in the record; the same text is often printed by several processes, the first one counts. `exec` runs a
 * pattern on the line, mindful of a line that may be cut.
 */
export function readFailure(
  record: VllmRecord,
  text: string,
  exec: (pattern: RegExp) => RegExpExecArray | null,
): boolean {
  if (record.isReady) return false
  for (const rule of rules) {
    const match = exec(rule.pattern)
    if (match === null) continue
    if (record.failure === undefined) {
      record.failure = { kind: rule.kind, sentence: sentenceOf(text) }
      noteFacts(record, rule, match)
    }
    return true
  }
  if (DEATH.test(text)) {
    record.deathNotice ??= sentenceOf(text)
    if (record.lastException !== undefined) {
      record.cause ??= { sentence: record.lastException, isAfterNotice: false }
    }
    return true
  }
  noteException(record, text)
  return false
}

/** The notice of a death comes before the traceback that tells why. */
function noteException(record: VllmRecord, text: string): void {
  if (!EXCEPTION.test(text) || ECHO.test(text)) return
  const sentence = sentenceOf(text)
  record.lastException = sentence
  if (record.deathNotice === undefined || record.cause?.isAfterNotice === true) return
  record.cause = { sentence, isAfterNotice: true }
}

function noteFacts(record: VllmRecord, rule: FailureRule, match: RegExpExecArray): void {
  for (const [at, name] of (rule.facts ?? []).entries()) {
    const value = readNumber(match[at + 1])
    if (name === '' || value === undefined) continue
    if (name === 'available_kv_gib') {
      if (record.pools.size === 0) record.pools.set('', value)
    } else record.facts.set(name, value)
  }
}

/** The message without the name of the exception. */
function sentenceOf(text: string): string {
  return text
    .replace(/^\s*(?:raise )?(?:[A-Za-z_.]*(?:Error|Exception)[(:]\s*)/, '')
    .trim()
    .slice(0, MAX_SENTENCE)
}
