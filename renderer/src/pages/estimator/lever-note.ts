import { type FlagValues } from '#shared/estimator/request'
import { type EstimateResult } from '#shared/estimator/result'
import { solveContext } from '#shared/estimator/solve'
import { formatDecimal, formatGib, formatInteger } from '../../format/numbers'
import { requestFor } from './calculations'
import { type Question } from './question'
import { type Point, type Reach } from './solving'
import { numberInput } from './verdict-view'

export interface Lever {
  /** Button: `Set 0.92`, `Try fp8 KV`. */
  readonly action: string
  readonly flags: FlagValues
  /** `utilisation 0.90 → 0.92 adds 0.5 GiB of cache; context at batch 4 rises from 8,896 to 9,760.` */
  readonly text: string
  readonly cost: string
  readonly gain: number
}

interface Candidate {
  readonly action: string
  readonly flags: FlagValues
  readonly change: string
  readonly cost: string
}

const LARGEST_UTILIZATION = 0.95
const STEP = 0.01

/** What costs least and gains context, cheapest first; at most two. Empty when nothing helps or nothing is needed. */
export function levers(question: Question, result: EstimateResult, point: Point, reach: Reach): readonly Lever[] {
  if (reach.limitedBy !== 'memory') return []
  const found: Lever[] = []
  for (const candidate of candidates(question, result)) {
    const request = requestFor(question, candidate.flags)
    const solved = request.ok ? solveContext(request.value, point.batch) : request
    const to = solved.ok ? solved.value.max_model_len : 0
    if (to <= reach.fitsTo) continue
    const from = reach.fitsTo === 0 ? 'none' : formatInteger(reach.fitsTo)
    found.push({
      action: candidate.action,
      flags: candidate.flags,
      text: `${candidate.change}; context at batch ${formatInteger(point.batch)} rises from ${from} to ${formatInteger(to)}.`,
      cost: candidate.cost,
      gain: to - reach.fitsTo,
    })
    if (found.length === 2) break
  }
  return found
}

/** In the order of their price. */
function candidates(question: Question, result: EstimateResult): readonly Candidate[] {
  return question.engine === 'vllm' ? vllmCandidates(question, result) : llamaCandidates(question, result)
}

function vllmCandidates(question: Question, result: EstimateResult): readonly Candidate[] {
  const list: Candidate[] = []
  const utilization = numberInput(result, 'gpu_memory_utilization')
  const gpu = question.gpus[0]
  if (utilization !== undefined && gpu !== undefined) {
    const share = gpu.freeBytes === undefined ? LARGEST_UTILIZATION : gpu.freeBytes / gpu.totalBytes - STEP
    const next = Math.floor(Math.min(LARGEST_UTILIZATION, share) / STEP + 1e-9) * STEP
    if (next > utilization + STEP / 2) list.push(utilizationCandidate(utilization, next, gpu.totalBytes))
  }
  const kv = String(result.inputs['kv_cache_dtype_resolved']?.value ?? result.inputs['kv_cache_dtype']?.value ?? '')
  if (!/8|4/.test(kv.replace('bfloat16', '').replace('float16', ''))) {
    list.push({
      action: 'Try fp8 KV',
      flags: { 'kv-cache-dtype': 'fp8' },
      change: 'fp8 KV stores a token in half the bytes',
      cost: 'May cost some accuracy; needs a card with fp8 support for full speed.',
    })
  }
  if (result.inputs['enforce_eager']?.value !== true) {
    list.push({
      action: 'Try eager',
      flags: { 'enforce-eager': true },
      change: '--enforce-eager captures no CUDA graphs',
      cost: 'Slower at small batches.',
    })
  }
  return list
}

function utilizationCandidate(from: number, to: number, totalBytes: number): Candidate {
  const left = formatGib((1 - to) * totalBytes)
  return {
    action: `Set ${formatDecimal(to, 2)}`,
    flags: { 'gpu-memory-utilization': to.toFixed(2) },
    change: `utilisation ${formatDecimal(from, 2)} → ${formatDecimal(to, 2)} adds ${formatGib((to - from) * totalBytes)} GiB of cache`,
    cost: `Costs nothing while other programs stay under ${left} GiB.`,
  }
}

function llamaCandidates(_question: Question, result: EstimateResult): readonly Candidate[] {
  const type = result.inputs['cache_type_k']?.value
  const list: Candidate[] = []
  if (type === 'f16' || type === 'bf16' || type === 'f32') {
    list.push({
      action: 'Set q8_0',
      flags: { 'cache-type-k': 'q8_0', 'cache-type-v': 'q8_0' },
      change: 'cache type q8_0 stores a value in 8.5 bits instead of 16',
      cost: 'Small loss of accuracy; needs flash attention.',
    })
  }
  if (type !== 'q4_0') {
    list.push({
      action: 'Try q4_0',
      flags: { 'cache-type-k': 'q4_0', 'cache-type-v': 'q4_0' },
      change: 'cache type q4_0 stores a value in 4.5 bits',
      cost: 'Noticeable loss of accuracy on long contexts.',
    })
  }
  return list
}
