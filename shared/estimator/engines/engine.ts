import { type Result } from '#shared/domain/result'
import { type EngineId, type EstimateRequest } from '../request'
import { type EstimateResult, type Verdict } from '../result'

/** The verdict of an estimate without its explanation. Slack: bytes left (negative: missing) on the worst GPU. */
export interface Probe {
  readonly verdict: Verdict
  /** At the high end; absent when the verdict is unknown. */
  readonly slackBytes?: number
  /** At the likely end. */
  readonly likelySlackBytes?: number
  /** Closed-form guess of the largest context for this batch: where the solver starts looking. Tokens. */
  readonly contextGuess?: { readonly fits: number; readonly tight: number }
  /**
   * By how much the slack falls at least with further strides of context: so much for each, less what working memory may
   * shrink meanwhile. Spares the solver a look.
   */
  readonly growth?: { readonly strideBytes: number; readonly shrinkBytes: number }
}

/** What every engine must be able to say. An engine never imports another engine. */
export interface EngineEstimator {
  readonly id: EngineId
  /** Name for people: `vLLM`. */
  readonly label: string
  /** Canonical names of the flags that the solver moves: context of one request, and requests at once. */
  readonly levers: { readonly context: string; readonly batch: string }
  /** Every name under which the engine reads the requests at once; the lever alone when absent. */
  readonly batchNames?: readonly string[]
  /**
   * Forward estimate. Missing facts give verdict `unknown` with every term that can be computed; an unusable flag
   * value is an error (`BAD_VALUE`). Pure and monotone in context and batch.
   */
  estimate(request: EstimateRequest): Result<EstimateResult>
  /** Optional fast path for the solver: must agree with `estimate` in verdict. */
  probe?(request: EstimateRequest): Result<Probe>
  /** Tokens between two legal context values (vLLM: block size; llama.cpp: 256 cells). */
  contextStep(request: EstimateRequest): number
  /** Tokens over which nothing changes (llama.cpp: 256 cells in every slot), a multiple of the step; absent: the step. */
  contextStride?(request: EstimateRequest): number
}
