import { ok, type Result } from '#shared/domain/result'
import { type SolveQuestion, solve } from '#shared/estimator/solve'
import { type CliCommand, type CliOptions } from '../command'
import { addEstimateOptions } from '../estimate-options'
import { asUsage, integerOption, textOption, usage } from '../options'
import { readRequest } from '../read-request'
import { solveText } from '../render/estimate-text'

const goals = ['context', 'batch', 'frontier'] as const

/** Inverse: the largest context, batch or both that fit. */
export const solveCommand: CliCommand = {
  name: 'solve',
  summary: 'the largest context, batch or both that fit',
  usesRegistry: true,
  takesLaunchFlags: true,
  configure(command) {
    addEstimateOptions(command)
    command
      .option('--for <what>', 'context, batch or frontier', 'context')
      .option('--min-context <tokens>', 'leave out solutions with a smaller context')
  },
  async run(call) {
    const question = readQuestion(call.options)
    if (!question.ok) return question
    const request = await readRequest(call)
    if (!request.ok) return request
    const result = asUsage(solve(request.value, question.value))
    return result.ok ? ok({ json: result.value, text: solveText(result.value) }) : result
  },
}

function readQuestion(options: CliOptions): Result<SolveQuestion> {
  const word = textOption(options, 'for')
  const goal = goals.find((one) => one === word)
  if (goal === undefined) return usage(`--for is "${word ?? ''}".`, `Use ${goals.join(', ')}.`)
  const least = integerOption(options, 'minContext', '--min-context')
  if (!least.ok) return least
  return ok({ for: goal, ...(least.value !== undefined && { minContextTokens: least.value }) })
}
