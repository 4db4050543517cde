import { calibrationSection } from './accuracy/calibration'
import { readCases } from './accuracy/cases'
import { llamaCaseSections } from './accuracy/llama-cases'
import { logSections } from './accuracy/llama-logs'
import { oracleSections } from './accuracy/llama-oracle'
import { linesOf, type Section } from './accuracy/report'
import { vllmLogCases, withPublishedArchitecture } from './accuracy/vllm-logs'
import { vllmSections } from './accuracy/vllm-sections'

/**
 * `npm run accuracy [-- FILE] [-- --verbose]`: replays measured starts and engine projections beside the checkout and
 * prints one screen per engine. Exit status 1 when a stated target is missed.
 */
const isVerbose = process.argv.includes('--verbose')
const file = process.argv.slice(2).find((argument) => !argument.startsWith('--'))

function print(line = ''): void {
  process.stdout.write(`${line}\n`)
}

function printScreen(name: string, sections: readonly Section[]): readonly string[] {
  print(`== ${name} ${'='.repeat(Math.max(0, 100 - name.length))}`)
  for (const section of sections) {
    for (const line of linesOf(section, isVerbose)) print(line)
    print()
  }
  return sections.flatMap((section) =>
    (section.targets ?? [])
      .filter((target) => !target.isMet)
      .map((target) => `${name}, ${section.title}: ${target.text}`),
  )
}

function main(): number {
  const cases = readCases(file)
  if (cases === undefined) {
    print('Measured starts are not beside this checkout (../shared/data/measured-starts); nothing to replay.')
    return 0
  }
  const starts = cases.filter((measured) => measured.engine === 'vllm').map(withPublishedArchitecture)
  const logs = vllmLogCases(starts)
  const vllm = [...starts, ...logs]
  const others = cases.filter((measured) => measured.engine !== 'vllm')
  const missed = [
    ...printScreen(`vLLM: ${starts.length} measured starts, ${logs.length} real logs`, [
      ...vllmSections(vllm, file === undefined),
      calibrationSection(vllm, file === undefined),
    ]),
    ...printScreen(`llama.cpp and Ollama: ${others.length} measured starts, golden sizes, real logs`, [
      ...oracleSections(),
      ...llamaCaseSections(others),
      ...logSections(),
    ]),
  ]
  if (missed.length === 0) print('Every target is met.')
  else print(`${missed.length} targets are missed:`)
  for (const text of missed) print(`  ${text}`)
  return missed.length === 0 ? 0 : 1
}

process.exitCode = main()
