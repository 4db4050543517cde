import { type Result } from '#shared/domain/result'
import { engines } from './engines'
import { type EstimateRequest } from './request'
import { type EstimateResult } from './result'

/**
 * Front door of the estimator: memory that a launch takes, its doubt and its explanation (contract, section 3). Pure:
 * equal requests give equal results. Errors: BAD_VALUE for a setting that the engine cannot parse.
 */
export function estimate(request: EstimateRequest): Result<EstimateResult> {
  return engines[request.engine].estimate(request)
}
