import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { estimate } from '#shared/estimator/estimate'
import { type EngineId } from '#shared/estimator/request'
import { solveFrontier } from '#shared/estimator/solve'
import { type TestModel, testModels, testRequest } from '#shared/estimator/test-models'
import { dataFolder } from '../accuracy/cases'
import { type BenchReport, geometricMean, median } from './table'

/** Models of different layouts, with the folder of their published config and a card that holds them. */
const models: readonly { readonly model: TestModel; readonly config: string; readonly gib: number }[] = [
  { model: 'qwen3-8b', config: 'qwen3__Qwen3-8B', gib: 23.6 },
  { model: 'gpt-oss-20b', config: 'gpt_oss__gpt-oss-20b', gib: 23.6 },
  { model: 'gemma-4-26b', config: 'gemma4__gemma-4-26B-A4B', gib: 79.2 },
  { model: 'qwen3.8-27b', config: 'qwen3_5__Qwen3.5-27B', gib: 79.2 },
]
const engines: readonly EngineId[] = ['vllm', 'llama.cpp', 'ollama']
const batches = Array.from({ length: 64 }, (_, index) => index + 1)
const ESTIMATE_TARGET_MS = 0.2
const FRONTIER_TARGET_MS = 20

/** Processor time of this process in ms: what other programs of a busy machine take does not count. */
function processorMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Median processor time of one call over rounds of calls, after warm-up rounds. */
function medianOf(action: () => unknown, calls: number): number {
  const rounds: number[] = []
  for (let round = -6; round < 9; round += 1) {
    const start = processorMs()
    for (let call = 0; call < calls; call += 1) action()
    if (round >= 0) rounds.push((processorMs() - start) / calls)
  }
  return median(rounds)
}

function configText(model: TestModel, folder: string): string {
  const file = join(dataFolder(), 'hf-configs', folder, 'config.json')
  return existsSync(file) ? readFileSync(file, 'utf8') : JSON.stringify(testModels[model], null, 2)
}

/** One estimate and a frontier of 64 batches, against parsing the same model's config.json. */
export function benchEstimator(): BenchReport {
  const results = models.flatMap(({ model, config, gib }) => {
    const text = configText(model, config)
    const yardstick = medianOf(() => JSON.parse(text), 2000)
    return engines.map((engine) => {
      const request = testRequest(model, { engine, gib })
      const one = medianOf(() => estimate(request), 200)
      const frontier = medianOf(() => solveFrontier(request, batches), 4)
      return { model, engine, yardstick, one, frontier }
    })
  })
  const [one, frontier] = [results.map((row) => row.one), results.map((row) => row.frontier)]
  const check = (name: string, values: readonly number[], target: number): BenchReport['checks'][number] => ({
    text: `${name}: ${geometricMean(values).toFixed(3)} ms geometric mean, worst ${Math.max(...values).toFixed(2)} ms (target ${target} ms, held against the worst)`,
    isMet: Math.max(...values) < target,
  })
  return {
    title: 'Estimator (processor time, warm)',
    head: ['model', 'engine', 'parse us', 'estimate ms', 'x parse', 'frontier of 64 ms', 'x parse'],
    rows: results.map((row) => [
      row.model,
      row.engine,
      (row.yardstick * 1000).toFixed(1),
      row.one.toFixed(3),
      (row.one / row.yardstick).toFixed(0),
      row.frontier.toFixed(1),
      (row.frontier / row.yardstick).toFixed(0),
    ]),
    checks: [check('one estimate', one, ESTIMATE_TARGET_MS), check('frontier', frontier, FRONTIER_TARGET_MS)],
    notes: [
      "parse: JSON.parse of the same model's config.json, or of its architecture where the configs are not there",
    ],
  }
}
