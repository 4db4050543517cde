import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type JsonObject } from '#shared/domain/json'
import { GIB, MIB } from '#shared/domain/units'
import { estimate } from '#shared/estimator/estimate'
import { type EstimateRequest } from '#shared/estimator/request'
import { type EstimateResult } from '#shared/estimator/result'
import { createLogReader } from '#shared/runtime/log-lines/create-log-reader'
import { isHostDevice } from '#shared/runtime/log-lines/llama-record'
import { dataFolder, numberOf } from './cases'
import { type LogModel, modelOfLog } from './log-model'
import { OLDER_FRAGMENTATION, plainBytesPerToken } from './peers'
import { collect, fixed, mean, type Section, share, type Target, worst } from './report'
import { barTargets } from './vllm-targets'

const manifestSchema = z.array(
  z.looseObject({ name: z.string(), file: z.string(), engine: z.string(), model: z.string().nullish() }),
)

interface Log {
  readonly id: string
  readonly engine: 'llama.cpp' | 'ollama'
  readonly model: string | undefined
  readonly lines: readonly string[]
}

function readLogs(): readonly Log[] {
  const folder = join(dataFolder(), 'logs')
  const manifest = join(folder, 'manifest.json')
  if (!existsSync(manifest)) return []
  return manifestSchema.parse(JSON.parse(readFileSync(manifest, 'utf8'))).flatMap(({ name, file, engine, model }) => {
    if (engine !== 'llama.cpp' && engine !== 'ollama') return []
    const lines = readFileSync(join(folder, file), 'utf8').split('\n')
    return [{ id: name, engine, model: model ?? undefined, lines }]
  })
}

interface Buffer {
  readonly name: 'weights' | 'cache and state' | 'compute'
  readonly measuredMib: number
  readonly predictedMib: number
}

export interface LoadRow {
  readonly id: string
  readonly buffers: readonly Buffer[]
  readonly measuredMib: number
  readonly predictedMib: number
  readonly lowMib: number
  readonly highMib: number
  readonly olderMib: number
  readonly isCounted: boolean
}

function metricsOf(log: Log): JsonObject | undefined {
  const reader = createLogReader(log.engine, log.model)
  for (const line of log.lines) reader.add(line)
  const metrics = reader.findings().start?.metrics
  return metrics === undefined ? undefined : { ...metrics }
}

/** Buffers on the cards by kind, MiB. */
function onCards(metrics: JsonObject): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  const devices = metrics['buffers_mib']
  if (typeof devices !== 'object' || devices === null) return sums
  for (const [device, kinds] of Object.entries(devices)) {
    if (isHostDevice(device) || device.startsWith('CPU') || typeof kinds !== 'object' || kinds === null) continue
    for (const [kind, value] of Object.entries(kinds)) sums.set(kind, (sums.get(kind) ?? 0) + Number(value))
  }
  return sums
}

/** Settings that the log states; the card is taken as large, since only its buffers are compared. */
function requestOf(log: Log, metrics: JsonObject, model: LogModel): EstimateRequest {
  const count = (key: string): number | undefined => numberOf(metrics, key)
  const slots = count('runtime_max_batch_size') ?? 1
  const total = count('runtime_context_tokens') ?? 0
  const version = /(?:b\d{4,}|(?<=ollama-)\d+\.\d+\.\d+)/.exec(log.id)?.[0]
  const isFlash = metrics['flash_attention'] === 'enabled' || metrics['flash_attention'] === '1'
  const values: Record<string, string> = {
    [log.engine === 'ollama' ? 'num-ctx' : 'ctx-size']: String(log.engine === 'ollama' ? total / slots : total),
    parallel: String(slots),
    'flash-attn': isFlash ? 'on' : 'off',
    'cache-type-k': typeof metrics['kv_cache_dtype'] === 'string' ? metrics['kv_cache_dtype'] : 'f16',
    'ubatch-size': String(count('n_ubatch') ?? 512),
  }
  values['cache-type-v'] = values['cache-type-k'] ?? 'f16'
  const offloaded = count('offloaded_layers')
  if (offloaded !== undefined) values[log.engine === 'ollama' ? 'num-gpu' : 'n-gpu-layers'] = String(offloaded)
  if (log.engine === 'llama.cpp' && log.lines.some((line) => /kv_unified += true/.test(line)))
    values['kv-unified'] = 'on'
  return {
    engine: log.engine,
    architecture: model.architecture,
    tensors: model.tensors,
    gpus: [{ totalBytes: 1024 * GIB, source: 'flag' }],
    flags: [{ source: 'flag', values }],
    known: {},
    ...(version === undefined ? {} : { engineVersion: { value: version, source: 'measured' } }),
  }
}

function loadRow(log: Log): LoadRow | string {
  const metrics = metricsOf(log)
  if (metrics === undefined) return 'no complete load in the log'
  const model = modelOfLog(log.lines)
  if (typeof model === 'string') return model
  const measured = onCards(metrics)
  if (measured.size === 0) return 'no buffer on a card'
  const result = estimate(requestOf(log, metrics, model))
  if (!result.ok) return `refused: ${result.error.message}`
  return rowOf(log, { measured, model, result: result.value })
}

function rowOf(
  log: Log,
  input: { readonly measured: ReadonlyMap<string, number>; readonly model: LogModel; readonly result: EstimateResult },
): LoadRow | string {
  const { measured, model, result } = input
  const [gpu] = result.per_gpu
  if (gpu === undefined) return 'no card in the estimate'
  const driver = result.terms.find(({ name }) => name === 'overhead')
  if (driver === undefined) return 'no driver context in the estimate'
  const buffers: readonly Buffer[] = [
    { name: 'weights', measuredMib: measured.get('model') ?? 0, predictedMib: gpu.weights_bytes / MIB },
    {
      name: 'cache and state',
      measuredMib: (measured.get('kv') ?? 0) + (measured.get('state') ?? 0),
      predictedMib: (gpu.kv_cache_bytes + gpu.state_bytes) / MIB,
    },
    { name: 'compute', measuredMib: measured.get('compute') ?? 0, predictedMib: gpu.activation_bytes / MIB },
  ]
  const sum = (key: 'measuredMib' | 'predictedMib'): number => buffers.reduce((total, one) => total + one[key], 0)
  const plain = plainBytesPerToken(model.architecture) * result.kv.capacity_tokens
  return {
    id: log.id,
    buffers,
    measuredMib: sum('measuredMib'),
    predictedMib: sum('predictedMib'),
    // The context of the driver is in no buffer line.
    lowMib: (result.low_bytes - driver.low_bytes) / MIB,
    highMib: (result.high_bytes - driver.high_bytes) / MIB,
    olderMib: ((model.tensors.totalBytes + plain) * OLDER_FRAGMENTATION) / MIB,
    isCounted: model.isCounted,
  }
}

/** Buffers of real loads: every line of the log that lies on a card. */
export function logSections(): readonly Section[] {
  const { rows, leftOut } = collect(readLogs(), loadRow)
  if (rows.length === 0 && leftOut.size === 0) return []
  const buffers = rows.flatMap((row) => row.buffers.map((buffer) => ({ row, buffer })))
  const off = ({ measuredMib, predictedMib }: Buffer): number => (100 * (predictedMib - measuredMib)) / measuredMib
  const weights = rows.flatMap((row) => row.buffers.filter((one) => one.name === 'weights'))
  return [
    {
      title: 'Buffers on the card in real logs (MiB)',
      head: ['log', 'buffer', 'measured', 'predicted', '% off'],
      rows: buffers.map(({ row, buffer }) => [
        buffer.name === 'weights' ? row.id : '',
        buffer.name,
        fixed(buffer.measuredMib, 2),
        fixed(buffer.predictedMib, 2),
        fixed(off(buffer), 3),
      ]),
      targets: [
        { text: 'model buffers within 0.1 %', isMet: weights.every((one) => Math.abs(off(one)) <= 0.1) },
        {
          text: 'cache exact to the printed digits',
          isMet: rows.every((row) =>
            row.buffers.every(
              (one) => one.name !== 'cache and state' || Math.abs(one.predictedMib - one.measuredMib) < 0.01,
            ),
          ),
        },
      ],
      remarks: rows
        .filter((row) => !row.isCounted)
        .map(
          (row) =>
            `${row.id}: its list of keys is cut off: tensors follow from the file type, the vocabulary from the buffer of the embedding`,
        ),
      leftOut,
    },
    totalSection(rows),
  ]
}

function totalSection(rows: readonly LoadRow[]): Section {
  const gib = (pick: (row: LoadRow) => number): readonly number[] =>
    rows.map((row) => (pick(row) - row.measuredMib) / 1024)
  const [off, high, older] = [gib((row) => row.predictedMib), gib((row) => row.highMib), gib((row) => row.olderMib)]
  const cells = (name: string, values: readonly number[]): readonly string[] => [
    name,
    `${values.length}`,
    fixed(mean(values.map(Math.abs)), 3),
    fixed(worst(values), 3),
    share(values.filter((value) => value < -0.01).length, values.length),
  ]
  return {
    title: 'Total on the card, predicted against the sum of the log (GiB, without the context of the driver)',
    head: ['figure', 'loads', 'mean off', 'worst', 'under'],
    rows: [cells('likely', off), cells('high end', high), cells('older formula', older)],
    targets: rows.length === 0 ? [] : [...barTargets(off, high), insideTarget(rows)],
  }
}

/** A hundredth of a MiB is what the lines of a log are rounded to. */
const ROUNDING_MIB = 0.02

function insideTarget(rows: readonly LoadRow[]): Target {
  const inside = rows.filter(
    (row) => row.lowMib - ROUNDING_MIB <= row.measuredMib && row.measuredMib <= row.highMib + ROUNDING_MIB,
  ).length
  const width = mean(rows.map((row) => (row.highMib - row.lowMib) / 1024))
  const text = `at least 85 % of the totals inside the interval (${share(inside, rows.length)}, mean width ${width.toFixed(2)} GiB)`
  return { text, isMet: inside / rows.length >= 0.85 }
}
