import { ok, type Result } from '#shared/domain/result'
import { parseHumanInteger } from '#shared/domain/units'
import { engines } from './engines'
import { type EngineEstimator, type Probe } from './engines/engine'
import { estimate } from './estimate'
import { probeEngine } from './probe-engine'
import { type EstimateRequest, type FlagValues } from './request'
import { type EstimateResult, type SolveResult } from './result'
import { largestFitting, type Trial } from './search'
import { certainMiss, corrected, type Level } from './spared-look'
import { expectedContext } from './trend'

export interface SolveQuestion {
  readonly for: 'context' | 'batch' | 'frontier'
  /** Smallest context worth having; smaller solutions are left out. Tokens. */
  readonly minContextTokens?: number
  /** Batches of the frontier. */
  readonly batches?: readonly number[]
}

/** `limitedBy` says why no larger one was found: the model's own limit, memory, or the end of the search. */
export type LimitedBy = SolveResult['limited_by']

/** One row of the frontier table. Tokens; 0 when not even one block fits. */
export interface FrontierPoint {
  readonly max_num_seqs: number
  /** Largest that says `fits` (high end inside the budget). */
  readonly max_model_len: number
  /** Largest that says at least `tight` (likely end inside the budget). */
  readonly tight_up_to: number
  readonly limited_by: LimitedBy
}

/** Contexts beyond this are not searched when the model's limit is not known. */
const CONTEXT_BOUND = 2 ** 20
/** Shorter contexts are of no use to anybody and end the frontier. Tokens. */
const LEAST_CONTEXT = 256
const BATCH_BOUND = 1024
export const defaultBatches: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

/** Adds a layer in front of the flags: what the solver varies. */
export function withFlags(request: EstimateRequest, values: FlagValues, source = 'solver'): EstimateRequest {
  return { ...request, flags: [{ source, values }, ...request.flags] }
}

interface Search {
  readonly engine: EngineEstimator
  readonly request: EstimateRequest
  readonly step: number
  /** Steps up to the model's limit (or the bound), and which of the two it is. */
  readonly mostSteps: number
  readonly limit: LimitedBy
  /** Batch of the request as it stands, and the request without measured terms that hold for that batch only. */
  readonly baseBatch: number | undefined
  readonly otherBatches: EstimateRequest
}

/** Terms that an earlier start measured (not those given by hand) and that depend on the batch. */
export function withoutBatchTerms(request: EstimateRequest): EstimateRequest {
  const isMeasured = (term: { readonly source: string } | undefined): boolean =>
    term?.source.startsWith('runtime:') === true
  const { activationBytes, availableKvBytes, ...rest } = request.known
  const known = {
    ...rest,
    ...(activationBytes === undefined || isMeasured(activationBytes) ? {} : { activationBytes }),
    ...(availableKvBytes === undefined || isMeasured(availableKvBytes) ? {} : { availableKvBytes }),
  }
  return { ...request, known }
}

function searchOf(request: EstimateRequest): Result<Search> {
  const engine = engines[request.engine]
  const step = engine.contextStep(request)
  const own = request.architecture.context_length ?? request.architecture.max_position_embeddings
  const mostSteps = Math.floor((own ?? CONTEXT_BOUND) / step)
  const limit = own === undefined ? 'bound' : 'model'
  const baseBatch = batchOf(engine, request)
  return ok({ engine, request, step, mostSteps, limit, baseBatch, otherBatches: withoutBatchTerms(request) })
}

/** The request with other lever values; measured terms that depend on the batch go when the batch changes. */
function varied(search: Search, values: FlagValues): EstimateRequest {
  const batch = values[search.engine.levers.batch]
  const isSame = batch === undefined || Number(batch) === search.baseBatch
  return withFlags(isSame ? search.request : search.otherBatches, values)
}

/** The resolved batch setting, default or not. */
function batchOf(engine: EngineEstimator, request: EstimateRequest): number | undefined {
  if (request.known.activationBytes === undefined && request.known.availableKvBytes === undefined) return undefined
  const result = engine.estimate(request)
  return result.ok ? numberInput(result.value, engine.levers.batch.replaceAll('-', '_')) : undefined
}

/** Verdict at one candidate; a refused setting counts as not fitting. */
function probeAt(search: Search, values: FlagValues): Probe {
  const result = probeEngine(search.engine, varied(search, values))
  return result.ok ? result.value : { verdict: 'does_not_fit', slackBytes: Number.NEGATIVE_INFINITY }
}

function toTrial(probed: Probe, level: Level): Trial {
  const fits = probed.verdict === 'fits' || (level === 'tight' && probed.verdict === 'tight')
  const slack = level === 'fits' ? probed.slackBytes : probed.likelySlackBytes
  return { fits, slack: slack ?? Number.NEGATIVE_INFINITY }
}

function trialOf(search: Search, values: FlagValues, level: Level): Trial {
  return toTrial(probeAt(search, values), level)
}

function leverValues(search: Search, contextTokens: number, batch: number): FlagValues {
  const { levers } = search.engine
  return { [levers.context]: String(contextTokens), [levers.batch]: String(batch) }
}

/** Each context is probed once for both levels. `before`: points of smaller batches, which say where to look. */
function frontierPoint(search: Search, batch: number, before: readonly FrontierPoint[] = []): FrontierPoint {
  const seen = new Map<number, Probe>()
  const at = (tokens: number): Probe => {
    const known = seen.get(tokens)
    if (known !== undefined) return known
    const probed = probeAt(search, leverValues(search, tokens, batch))
    seen.set(tokens, probed)
    return probed
  }
  const most = search.mostSteps * search.step
  const stride = strideOf(search, batch)
  const trialAt = (tokens: number, level: Level): Trial =>
    (tokens % stride === 0 ? certainMiss(seen, { tokens, stride, level }) : undefined) ?? toTrial(at(tokens), level)
  const largest = (level: Level): number => {
    const answered = before.map((point) => ({ batch: point.max_num_seqs, tokens: answerAt(point, level) }))
    const guess = expectedContext(answered, batch) ?? (most < 1 ? undefined : at(most).contextGuess?.[level])
    const within = (unit: number, limit: number): number => {
      const tokens = (steps: number): number => Math.min(most, steps * unit)
      const last = Math.ceil(limit / unit)
      const isTop = guess !== undefined && guess > limit - search.step / 2
      const first = guess === undefined || isTop ? guess && last : (guess + search.step / 2) / unit
      const start =
        unit === stride && first !== undefined && !isTop
          ? corrected(first, { last, level, at: (steps) => at(tokens(steps)) })
          : first
      return tokens(largestFitting(last, (steps) => trialAt(tokens(steps), level), start))
    }
    const found = within(stride, most)
    // Below one stride the batch shrinks with the context, so that single steps count after all.
    return found === 0 && stride > search.step ? within(search.step, Math.min(most, stride)) : found
  }
  const context = largest('fits')
  const isTop = context > 0 && context === most
  return {
    max_num_seqs: batch,
    max_model_len: context,
    tight_up_to: isTop ? context : largest('tight'),
    limited_by: isTop ? search.limit : 'memory',
  }
}

function answerAt(point: FrontierPoint, level: Level): number {
  return level === 'fits' ? point.max_model_len : point.tight_up_to
}

/** Contexts between two multiples of it are all the same to the engine. */
function strideOf(search: Search, batch: number): number {
  const { engine, request, step } = search
  return engine.contextStride?.(withFlags(request, { [engine.levers.batch]: String(batch) })) ?? step
}

/** Requests at once that are asked for; one when nobody says (vLLM starts when one request fits). */
function askedBatch(search: Search): number {
  const { engine, request } = search
  const names = engine.batchNames ?? [engine.levers.batch]
  const layer = request.flags.find(({ values }) => names.some((name) => values[name] !== undefined))
  const text = names.map((name) => layer?.values[name]).find((value) => value !== undefined)
  const value = typeof text === 'string' ? parseHumanInteger(text) : undefined
  return value?.ok === true && value.value > 0 ? value.value : 1
}

/** Largest context for a batch. Errors as `estimate`. */
export function solveContext(request: EstimateRequest, batch?: number): Result<FrontierPoint> {
  const search = searchOf(request)
  if (!search.ok) return search
  return ok(frontierPoint(search.value, batch ?? askedBatch(search.value)))
}

/** Largest context for each batch; rows end with the first batch for which nothing useful fits. */
export function solveFrontier(
  request: EstimateRequest,
  batches: readonly number[] = defaultBatches,
): Result<readonly FrontierPoint[]> {
  const search = searchOf(request)
  if (!search.ok) return search
  const points: FrontierPoint[] = []
  for (const batch of batches) {
    const point = frontierPoint(search.value, batch, points)
    if (point.tight_up_to < LEAST_CONTEXT) break
    points.push(point)
  }
  return ok(points)
}

/** Largest batch for the asked context (rounded to a whole number of blocks); 0 when not even one request fits. */
export function solveBatch(request: EstimateRequest, contextTokens?: number): Result<FrontierPoint> {
  const found = searchOf(request)
  if (!found.ok) return found
  const search = found.value
  const asked = engineContext(search, contextTokens)
  const batchAt = (level: Level): number =>
    largestFitting(BATCH_BOUND, (batch) => trialOf(search, leverValues(search, asked, batch), level))
  const batch = batchAt('fits')
  return ok({
    max_num_seqs: batch,
    max_model_len: asked,
    tight_up_to: asked,
    limited_by: batch === BATCH_BOUND ? 'bound' : 'memory',
  })
}

/** The context of the request in whole blocks, never above the model's limit. */
function engineContext(search: Search, contextTokens: number | undefined): number {
  const base = search.engine.estimate(search.request)
  const value = base.ok ? (base.value.inputs['max_model_len'] ?? base.value.inputs['num_ctx'])?.value : undefined
  const asked = contextTokens ?? (typeof value === 'number' ? value : search.mostSteps * search.step)
  const steps = Math.min(Math.max(1, search.mostSteps), Math.max(1, Math.ceil(asked / search.step)))
  return steps * search.step
}

/** Smallest utilisation, in hundredths, with which the request fits; undefined when none does or there is no such flag. */
export function solveUtilization(request: EstimateRequest): Result<number | undefined> {
  const search = searchOf(request)
  if (!search.ok || request.engine !== 'vllm') return search.ok ? ok(undefined) : search
  // Monotone the other way round: count down from 1.00.
  const at = (steps: number): number => (101 - steps) / 100
  const steps = largestFitting(100, (candidate) =>
    trialOf(search.value, { 'gpu-memory-utilization': String(at(candidate)) }, 'fits'),
  )
  return ok(steps === 0 ? undefined : at(steps))
}

/** The answer of `headroom solve`: the estimate as asked, the solutions with their own estimates, the frontier. */
export function solve(request: EstimateRequest, question: SolveQuestion): Result<SolveResult> {
  const found = searchOf(request)
  if (!found.ok) return found
  const search = found.value
  const base = estimate(request)
  if (!base.ok) return base
  const least = question.minContextTokens ?? 1
  const frontier = solveFrontier(request, question.batches)
  if (!frontier.ok) return frontier
  const points = frontier.value.filter((point) => point.max_model_len >= least)
  const answers = answersFor(search, { question, points })
  if (!answers.ok) return answers
  const solutions = answers.value
    .filter((point) => point.max_num_seqs > 0 && point.max_model_len >= least)
    .flatMap((point) => solutionOf(search, point))
  const limitedBy = answers.value[0]?.limited_by ?? 'memory'
  return ok({ ...base.value, solutions, frontier: points.map((point) => ({ ...point })), limited_by: limitedBy })
}

function answersFor(
  search: Search,
  input: { readonly question: SolveQuestion; readonly points: readonly FrontierPoint[] },
): Result<readonly FrontierPoint[]> {
  switch (input.question.for) {
    case 'context':
      return ok([frontierPoint(search, askedBatch(search))])
    case 'batch': {
      const least = input.question.minContextTokens
      const batch = solveBatch(search.request, least)
      return batch.ok ? ok([batch.value]) : batch
    }
    default:
      return ok(input.points)
  }
}

function solutionOf(search: Search, point: FrontierPoint): SolveResult['solutions'] {
  if (point.max_model_len === 0) return []
  const request = varied(search, leverValues(search, point.max_model_len, point.max_num_seqs))
  const result = estimate(request)
  if (!result.ok || result.value.verdict !== 'fits') return []
  return [
    {
      max_model_len: point.max_model_len,
      max_num_seqs: point.max_num_seqs,
      gpu_memory_utilization: numberInput(result.value, 'gpu_memory_utilization') ?? null,
      kv_cache_dtype: textInput(result.value, 'kv_cache_dtype') ?? textInput(result.value, 'cache_type_k') ?? 'f16',
      estimate: result.value,
    },
  ]
}

function numberInput(result: EstimateResult, name: string): number | undefined {
  const value = result.inputs[name]?.value
  return typeof value === 'number' ? value : undefined
}

function textInput(result: EstimateResult, name: string): string | undefined {
  const value = result.inputs[name]?.value
  return typeof value === 'string' ? value : undefined
}
