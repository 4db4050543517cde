import { type MeasuredCase, quantile, readCases } from './accuracy/cases'
import { llamaReport } from './accuracy/llama-report'
import { activationRow, capacityRow, median, outcomeRow, poolRow } from './accuracy/vllm-report'

const isVerbose = process.argv.includes('--verbose')
const path = process.argv.slice(2).find((argument) => !argument.startsWith('--'))

function print(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** Splits rows from reasons why a case is left out. */
function collect<T extends object>(
  cases: readonly MeasuredCase[],
  rowOf: (measured: MeasuredCase) => T | string,
): { readonly rows: readonly T[]; readonly leftOut: ReadonlyMap<string, number> } {
  const rows: T[] = []
  const leftOut = new Map<string, number>()
  for (const measured of cases) {
    const row = rowOf(measured)
    if (typeof row === 'string') leftOut.set(row, (leftOut.get(row) ?? 0) + 1)
    else rows.push(row)
  }
  return { rows, leftOut }
}

function printLeftOut(leftOut: ReadonlyMap<string, number>): void {
  for (const [reason, count] of leftOut) print(`  left out: ${count} x ${reason}`)
}

function percent(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '–' : `${value.toFixed(2)} %`
}

function reportCapacity(cases: readonly MeasuredCase[]): void {
  print('vLLM: KV capacity given the measured pool')
  const { rows, leftOut } = collect(cases, capacityRow)
  for (const layout of [...new Set(rows.map((row) => row.layout))].sort()) {
    const own = rows.filter((row) => row.layout === layout)
    const errors = own.map((row) => Math.abs(row.errorPercent))
    const plain = own.map((row) => Math.abs(row.plainErrorPercent)).filter((value) => !Number.isNaN(value))
    const exact = own.filter((row) => row.isWithinRounding).length
    print(
      `  ${layout.padEnd(8)} ${String(own.length).padStart(3)} cases, median ${percent(median(errors))}, 95th ${percent(quantile(errors, 0.95))}, explained by print rounding ${exact}; plain formula median ${percent(median(plain))}, 95th ${percent(quantile(plain, 0.95))}`,
    )
  }
  const all = rows.map((row) => Math.abs(row.errorPercent))
  print(
    `  all      ${String(rows.length).padStart(3)} cases, median ${percent(median(all))}, 95th ${percent(quantile(all, 0.95))}`,
  )
  for (const row of rows) {
    if (isVerbose || (!row.isWithinRounding && Math.abs(row.errorPercent) > 0.1)) {
      print(`    ${row.id}: ${row.predicted} for ${row.measured} (${percent(row.errorPercent)})`)
    }
  }
  printLeftOut(leftOut)
}

function reportPools(cases: readonly MeasuredCase[]): void {
  print('vLLM: pool from scratch, weights known')
  const { rows, leftOut } = collect(cases, poolRow)
  for (const [label, own] of [
    ['one GPU', rows.filter((row) => row.gpus === 1)],
    ['several', rows.filter((row) => row.gpus > 1)],
  ] as const) {
    const errors = own.map((row) => Math.abs(row.errorGib))
    const covered = own.filter((row) => row.isCovered).length
    print(
      `  ${label.padEnd(8)} ${String(own.length).padStart(3)} cases, median ${median(errors).toFixed(3)} GiB, worst ${Math.max(0, ...errors).toFixed(2)} GiB; inside the interval ${covered} of ${own.length}, median width ${median(own.map((row) => row.widthGib)).toFixed(2)} GiB; older formula median ${median(own.map((row) => Math.abs(row.olderErrorGib))).toFixed(2)} GiB`,
    )
  }
  for (const row of rows) {
    if (isVerbose || !row.isCovered || Math.abs(row.errorGib) > 0.3) {
      print(
        `    ${row.id}: off by ${row.errorGib.toFixed(3)} GiB of ${row.measuredGib}${row.isCovered ? '' : ', outside the interval'}`,
      )
    }
  }
  printLeftOut(leftOut)
}

function reportActivations(cases: readonly MeasuredCase[]): void {
  print('vLLM: activation peak')
  const { rows, leftOut } = collect(cases, activationRow)
  const errors = rows.map((row) => Math.abs(row.errorPercent))
  const covered = rows.filter((row) => row.isCovered).length
  print(
    `  all      ${String(rows.length).padStart(3)} cases, median ${percent(median(errors))}, 95th ${percent(quantile(errors, 0.95))}; inside the interval ${covered}`,
  )
  for (const row of rows) {
    if (isVerbose || !row.isCovered || Math.abs(row.errorPercent) > 3) {
      print(`    ${row.id}: ${percent(row.errorPercent)} of ${row.measuredGib} GiB${row.isCovered ? '' : ', outside'}`)
    }
  }
  printLeftOut(leftOut)
}

function reportOutcomes(cases: readonly MeasuredCase[]): void {
  print('vLLM: started or refused')
  const { rows, leftOut } = collect(cases, outcomeRow)
  const right = rows.filter((row) => row.started === row.predictedStart).length
  print(`  ${right} of ${rows.length} outcomes right`)
  for (const row of rows) {
    if (row.started !== row.predictedStart)
      print(`    ${row.id}: ${row.started ? 'started' : 'refused'}, predicted otherwise`)
    if (row.suggested !== undefined) {
      print(`    ${row.id}: engine suggests ${row.suggested}, solved ${row.solved ?? 0} (block ${row.block ?? 0})`)
    }
  }
  printLeftOut(leftOut)
}

function main(): void {
  const cases = readCases(path)
  if (cases === undefined) {
    print('Measured starts are not beside this checkout (../shared/data/measured-starts); nothing to replay.')
    return
  }
  const vllm = cases.filter((measured) => measured.engine === 'vllm')
  print(`${cases.length} measured starts, ${vllm.length} of them vLLM`)
  print()
  reportCapacity(vllm)
  print()
  reportPools(vllm)
  print()
  reportActivations(vllm)
  print()
  reportOutcomes(vllm)
  print()
  for (const line of llamaReport(cases, { isVerbose })) print(line)
}

main()
