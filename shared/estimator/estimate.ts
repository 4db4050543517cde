import { fail, ok, type Result } from '#shared/domain/result'
import { engines } from './engines'
import { type EstimateRequest } from './request'
import { type EstimateResult } from './result'

/**
 * Front door of the estimator: memory that a launch takes, its doubt and its explanation (contract, section 3). Pure:
 * equal requests give equal results. Errors: BAD_VALUE for a setting that the engine cannot parse, and for a plan of
 * more bytes than a JSON number holds exactly.
 */
export function estimate(request: EstimateRequest): Result<EstimateResult> {
  const result = engines[request.engine].estimate(request)
  return result.ok ? withinExactNumbers(result.value) : result
}

/** Beyond 2^53 bytes (8 PiB) sums lose their last digits: better no figure than a wrong one. */
function withinExactNumbers(value: EstimateResult): Result<EstimateResult> {
  const sizes = [
    value.high_bytes,
    ...Object.values(value.kv),
    ...value.terms.map((term) => term.high_bytes),
    ...value.per_gpu.flatMap((gpu) => Object.values(gpu)),
  ]
  if (sizes.every((size) => Math.abs(size) <= Number.MAX_SAFE_INTEGER)) return ok(value)
  return fail('BAD_VALUE', 'These settings need more than 8 PiB of memory, which cannot be counted exactly.', {
    hint: 'Lower the context, the batch or the parallel sizes.',
  })
}
