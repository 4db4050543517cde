import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { estimate } from '#shared/estimator/estimate'
import { solveFrontier } from '#shared/estimator/solve'
import { type TestModel, testRequest } from '#shared/estimator/test-models'
import { dataFolder } from './accuracy/cases'

/** Median milliseconds of one call over `rounds` rounds of `calls` calls, after a warm-up round. */
function medianOf(action: () => unknown, options: { readonly rounds: number; readonly calls: number }): number {
  const times: number[] = []
  for (let round = 0; round <= options.rounds; round += 1) {
    const start = performance.now()
    for (let call = 0; call < options.calls; call += 1) action()
    if (round > 0) times.push((performance.now() - start) / options.calls)
  }
  return times.sort((left, right) => left - right)[Math.floor(times.length / 2)] ?? Number.NaN
}

/** The yardstick: parsing a real config.json of usual size (or one written here, when the data is not there). */
function configText(): string {
  const file = join(dataFolder(), 'hf-configs', 'llama__Meta-Llama-3.1-8B', 'config.json')
  return existsSync(file)
    ? readFileSync(file, 'utf8')
    : JSON.stringify(testRequest('llama-3.1-8b').architecture, null, 2)
}

const batches = Array.from({ length: 64 }, (_, index) => index + 1)
const models: readonly TestModel[] = ['qwen3-8b', 'gemma-4-26b', 'qwen3.8-27b', 'deepseek-v2-lite']

function main(): void {
  const text = configText()
  const yardstick = medianOf(() => JSON.parse(text), { rounds: 9, calls: 2000 })
  process.stdout.write(
    `JSON.parse of a config.json of ${text.length} characters: ${(yardstick * 1000).toFixed(1)} us\n`,
  )
  for (const model of models) {
    const request = testRequest(model, { gib: 79.2 })
    const one = medianOf(() => estimate(request), { rounds: 9, calls: 500 })
    const frontier = medianOf(() => solveFrontier(request, batches), { rounds: 9, calls: 3 })
    process.stdout.write(
      `${model.padEnd(18)} estimate ${one.toFixed(3)} ms (${(one / yardstick).toFixed(0)} x), frontier of 64 ${frontier.toFixed(1)} ms (${(frontier / yardstick).toFixed(0)} x)\n`,
    )
  }
}

main()
