import { ok } from '#shared/domain/result'
import { estimate } from '#shared/estimator/estimate'
import { type CliCommand } from '../command'
import { addEstimateOptions } from '../estimate-options'
import { asUsage } from '../options'
import { readRequest } from '../read-request'
import { estimateText } from '../render/estimate-text'

/** Forward estimate of a model with given settings. */
export const estimateCommand: CliCommand = {
  name: 'estimate',
  summary: 'how much GPU memory a model needs with these settings',
  usesRegistry: true,
  takesLaunchFlags: true,
  configure: addEstimateOptions,
  async run(call) {
    const request = await readRequest(call)
    if (!request.ok) return request
    const result = asUsage(estimate(request.value))
    return result.ok ? ok({ json: result.value, text: estimateText(result.value) }) : result
  },
}
