import { type ArchitectureField } from '#shared/domain/architecture'
import { type EstimateResult, type Verdict } from '#shared/estimator/result'
import { fieldLabels } from '../../format/architecture-fields'
import { formatDate } from '../../format/dates'
import { formatDecimal, formatGib, formatInteger } from '../../format/numbers'
import { engineLabel, leverInputs, profilePassedOver } from './calculations'
import { type BarView, bindingBar, isAlike, type LegendItem, partNames } from './memory-parts'
import { type Question } from './question'

export interface VerdictView {
  readonly verdict: Verdict
  /** One sentence with the numbers; where vLLM starts all the same (or refuses to), that stands first. */
  readonly sentence: string
  /** The numbers, when `sentence` says what the engine does. */
  readonly detail?: string
  /** What it rests on. */
  readonly given: string
  /** Budget mark of the bar: `Budget (0.90)`. */
  readonly budgetLabel: string
}

export function numberInput(result: EstimateResult, name: string): number | undefined {
  const value = result.inputs[name]?.value
  return typeof value === 'number' ? value : undefined
}

export function verdictView(question: Question, result: EstimateResult, bars: readonly BarView[]): VerdictView {
  const numbers = sentenceOf(question, result, bars)
  const behaviour = behaviourSentence(question, result)
  return {
    verdict: result.verdict,
    sentence: behaviour ?? numbers,
    ...(behaviour === undefined ? {} : { detail: numbers }),
    given: givenOf(question, result),
    budgetLabel: budgetLabelOf(question, result),
  }
}

/** "4 requests of 8,192 tokens", "4 slots that share 32,768 tokens". */
function askedWords(question: Question, result: EstimateResult): { readonly text: string; readonly single: boolean } {
  const names = leverInputs(question.engine)
  const context = numberInput(result, names.context)
  const batch = numberInput(result, names.batch) ?? 1
  if (context === undefined) return { text: 'The model', single: true }
  if (question.engine === 'llama.cpp' && batch > 1) {
    return { text: `${formatInteger(batch)} slots sharing ${formatInteger(context)} tokens`, single: false }
  }
  const what = batch === 1 ? '1 request' : `${formatInteger(batch)} requests`
  return { text: `${what} of ${formatInteger(context)} tokens`, single: batch === 1 }
}

function sentenceOf(question: Question, result: EstimateResult, bars: readonly BarView[]): string {
  const bar = bindingBar(bars)
  if (result.verdict === 'unknown' || bar === undefined) return unknownSentence(result)
  const asked = askedWords(question, result)
  const need = `${asked.text} need${asked.single ? 's' : ''} ${formatGib(bar.totalBytes)} GiB`
  const where = whereWords(bar, bars)
  const budget = formatGib(bar.budgetBytes)
  // Differences of the figures as shown, so that the sentence never contradicts itself by a tenth.
  const spare = Number(budget.replaceAll(',', '')) - Number(formatGib(bar.totalBytes).replaceAll(',', ''))
  switch (result.verdict) {
    case 'fits':
      return `${need} of the ${budget} GiB budget${where}; ${formatDecimal(spare, 1)} GiB to spare.`
    case 'tight': {
      const margin = numberInput(result, 'extra_margin_bytes')
      const least = Math.min(...bars.map((one) => one.budgetBytes - one.highBytes))
      if (margin !== undefined && least >= 0) {
        return `${need} of ${budget} GiB${where}. ${formatGib(least)} GiB are certain to be spare, less than your margin of ${formatGib(margin)} GiB.`
      }
      const doubt = formatGib(bar.highBytes - bar.totalBytes)
      return `${need} of ${budget} GiB${where}. ${formatDecimal(Math.max(0, spare), 1)} GiB spare is less than the ±${doubt} GiB of doubt.`
    }
    case 'does_not_fit':
      return `${need}${where}; the budget is ${budget} GiB, ${formatDecimal(Math.max(0, -spare), 1)} too little.`
  }
}

/** Which card the numbers are of: the one that decides, or each where they are alike. */
function whereWords(bar: BarView, bars: readonly BarView[]): string {
  if (bars.length < 2) return ''
  return bars.every((one) => isAlike(one, bar)) ? ` on each of ${bars.length} GPUs` : ` on ${bar.name}, which decides`
}

/** What vLLM does when not all requests fit at full length; `undefined` where the numbers say everything. */
function behaviourSentence(question: Question, result: EstimateResult): string | undefined {
  const outcome = consequence(question, result)
  const { context, batch } = leverInputs(question.engine)
  const tokens = numberInput(result, context)
  if (outcome === undefined || tokens === undefined) return undefined
  const length = `${formatInteger(tokens)} tokens`
  if (!outcome.starts) return `vLLM refuses to start: not even one request of ${length} fits.`
  const asked = numberInput(result, batch) ?? 1
  // One request that does not fit is no queue.
  if (asked <= 1) return undefined
  const held = formatDecimal(Math.floor(result.kv.max_concurrency * 10) / 10, 1)
  return `vLLM starts and holds ${held} of ${formatInteger(asked)} requests at once; the others wait.`
}

function listWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

/** `Head dimension` -> `head dimension`; `KV heads` and `RoPE theta` stay. */
function inSentence(label: string): string {
  return /^[A-Z][a-z]/.test(label) && !label.startsWith('RoPE') ? label.charAt(0).toLowerCase() + label.slice(1) : label
}

/** Names what is missing and what that prevents. */
function unknownSentence(result: EstimateResult): string {
  const fields = result.missing.filter((name) => name !== 'gpu_memory')
  const needsGpu = result.missing.includes('gpu_memory') || result.per_gpu.length === 0
  if (fields.length === 0) {
    return needsGpu
      ? `${formatGib(result.total_bytes)} GiB are needed. No GPU is known: choose one, or add one by hand.`
      : `The answer is open: ${result.binding}.`
  }
  const names = fields.map((name, index) => {
    const label = fieldLabels[name as ArchitectureField] ?? name.replaceAll('_', ' ')
    return index === 0 ? label : inSentence(label)
  })
  // "Weights are", "Layers are", "FFN size is".
  const verb = names.length === 1 && !/s$/.test(names[0] ?? '') ? 'is' : 'are'
  return `${listWords(names)} ${verb} not known, so the memory cannot be sized.`
}

/** Engine, types, budget and when it was last measured, in one line. */
function givenOf(question: Question, result: EstimateResult): string {
  const text = (name: string) => {
    const value = result.inputs[name]?.value
    return value === undefined || value === null ? undefined : String(value)
  }
  const gpu = question.gpus[0]
  const free = gpu?.freeBytes === undefined ? '' : `, ${formatGib(gpu.freeBytes)} free`
  const areMixed = question.gpus.some(({ totalBytes }) => totalBytes !== gpu?.totalBytes)
  const size = gpu === undefined ? '' : `${formatGib(gpu.totalBytes)} GiB${free}`
  const of = gpu === undefined ? '' : areMixed ? ' of each card' : ` of ${size}`
  const utilization = numberInput(result, 'gpu_memory_utilization')
  const version = text('engine_version')
  const kv = text('kv_cache_dtype_resolved') ?? text('kv_cache_dtype') ?? text('cache_type_k')
  const measuredAt = question.stated.runtime?.['observed_at']
  const parts = [
    version === undefined
      ? (text('rules') ?? engineLabel(question.engine))
      : `${engineLabel(question.engine)} ${version}`,
    kv === undefined ? undefined : `KV ${kv}`,
    utilization === undefined ? undefined : `utilisation ${formatDecimal(utilization, 2)}${of}`,
    utilization === undefined && gpu !== undefined && !areMixed ? size : undefined,
    text('offloaded_layers') === undefined ? undefined : `${text('offloaded_layers')} layers on the GPU`,
    profileWords(question),
    marginWords(result),
    typeof measuredAt === 'string' ? `estimate, last measured ${formatDate(measuredAt)}` : 'estimate',
  ]
  return parts.filter(Boolean).join(' · ')
}

/** llama.cpp and Ollama take only the overhead of a profile; what was learned elsewhere has no part in the answer. */
function profileWords(question: Question): string | undefined {
  const { profile, engine } = question
  if (profile === undefined) return undefined
  const { nonTorchBytes, graphBytes, activationFactor } = profile
  const used = engine === 'vllm' ? [nonTorchBytes, graphBytes, activationFactor] : [nonTorchBytes]
  if (used.every((value) => value === undefined)) return undefined
  const because = profilePassedOver(question)
  return because === undefined ? `profile ${profile.name}` : `profile ${profile.name} not used, ${because}`
}

function marginWords(result: EstimateResult): string | undefined {
  const margin = numberInput(result, 'extra_margin_bytes')
  return margin === undefined ? undefined : `margin ${formatGib(margin)} GiB`
}

function budgetLabelOf(question: Question, result: EstimateResult): string {
  const utilization = numberInput(result, 'gpu_memory_utilization')
  if (utilization !== undefined) return `Budget (${formatDecimal(utilization, 2)})`
  const reserve = question.wishes.reserveGib ?? 1
  const base = question.gpus[0]?.freeBytes === undefined ? 'capacity' : 'free'
  return `Budget (${base} − ${formatDecimal(reserve, 1)})`
}

/** What the engine itself will do when not everything fits; `undefined` when the verdict says enough. */
export function consequence(
  question: Question,
  result: EstimateResult,
): { readonly text: string; readonly starts: boolean } | undefined {
  if (question.engine !== 'vllm' || result.verdict !== 'does_not_fit' || result.per_gpu.length === 0) return undefined
  const held = result.kv.max_concurrency
  if (held >= 1) {
    const count = formatDecimal(Math.floor(held * 10) / 10, 1)
    return { text: `vLLM starts, but holds ${count} requests of this length at once; the others wait.`, starts: true }
  }
  return { text: 'vLLM refuses to start: not even one request of this length fits beside the weights.', starts: false }
}

/** "Limited by KV cache: 9.0 GiB of 25.1." */
export function largestPart(items: readonly LegendItem[], bar: BarView): string {
  const [first] = items.filter(({ key }) => key !== 'free').sort((left, right) => right.bytes - left.bytes)
  return first === undefined
    ? ''
    : `Largest part: ${partNames[first.key]}, ${first.value} GiB of ${formatGib(bar.totalBytes)}.`
}
