import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { extractArchitecture } from '#shared/architecture/extract-architecture'
import { type GgufTensor, type GgufValue } from '#shared/architecture/raw'
import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { GIB } from '#shared/domain/units'
import { estimate } from '#shared/estimator/estimate'
import { type FlagValues } from '#shared/estimator/request'
import { type EstimateResult } from '#shared/estimator/result'
import { dataFolder } from './cases'
import { OLDER_FRAGMENTATION, plainBytesPerToken } from './peers'
import { fixed, median, type Section, share, worst } from './report'

/** `n_ctx, n_ubatch, n_seq, kv_unified, flash_attn, n_outputs, type_k, type_v, swa_full -> [model, context, compute]`. */
const figure = z.number()
const row = z.tuple([
  figure,
  figure,
  figure,
  figure,
  figure,
  figure,
  z.string(),
  z.string(),
  z.number(),
  z.tuple([z.number(), z.number(), z.number()]).nullable(),
])
const shapes = z.array(z.array(z.union([z.number(), z.array(z.number())])))
const value = z.union([z.number(), z.string(), z.boolean(), z.array(z.number())])
const oracleSchema = z.looseObject({
  models: z.array(
    z.looseObject({
      name: z.string(),
      architecture: z.string(),
      keys: z.record(z.string(), value),
      vocab: z.number(),
      rows: z.array(row),
    }),
  ),
  dense_compute: z.looseObject({ vocab: z.number(), rows: shapes }),
  moe_compute: z.looseObject({ rows: shapes }),
})
type Oracle = z.infer<typeof oracleSchema>
type Row = z.infer<typeof row>

export function readOracle(): Oracle | undefined {
  const file = join(dataFolder(), 'llama-cpp-oracle.json')
  return existsSync(file) ? oracleSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined
}

/** Architecture as the product reads it from a GGUF header with these keys. */
export function architectureOfKeys(
  metadata: Readonly<Record<string, GgufValue>>,
  more: { readonly tensors?: readonly GgufTensor[]; readonly arrayLengths?: Readonly<Record<string, number>> } = {},
): ArchitectureMetadata {
  const { tensors = [], arrayLengths = {} } = more
  const file = 'model.gguf'
  const facts = { file, files: [file], version: 3, byteOrder: 'little', metadata, arrayLengths, tensors } as const
  return extractArchitecture({ gguf: { ...facts, unknownTypes: [], warnings: [] } })
}

function synthetic(name: string, keys: Readonly<Record<string, GgufValue>>): ArchitectureMetadata {
  const own = Object.entries(keys).map(([key, one]) => [`${name}.${key}`, one] as const)
  return architectureOfKeys({ 'general.architecture': name, ...Object.fromEntries(own) })
}

/** The projections were made on the CPU only. */
function onCpu(architecture: ArchitectureMetadata, values: FlagValues): EstimateResult | undefined {
  const flags = [{ source: 'flag', values: { ...values, 'n-gpu-layers': '0' } }]
  const result = estimate({ engine: 'llama.cpp', architecture, gpus: [], flags, known: {} })
  return result.ok ? result.value : undefined
}

function computeOf(result: EstimateResult | undefined): number {
  const term = result?.terms.find(({ name }) => name === 'activation')
  return Number(term?.inputs.find(({ name }) => name === 'compute_in_system_memory')?.value)
}

function flagsOf(one: Row): FlagValues {
  const onOff = (flag: number): string => (flag === 1 ? 'on' : 'off')
  return {
    'ctx-size': String(one[0]),
    'ubatch-size': String(one[1]),
    parallel: String(one[2]),
    'kv-unified': onOff(one[3]),
    'flash-attn': onOff(one[4]),
    'cache-type-k': one[6],
    'cache-type-v': one[7],
    'swa-full': onOff(one[8]),
  }
}

interface GoldenRow {
  readonly id: string
  readonly layout: string
  readonly bytesOff: number
  readonly plainPercent: number
  readonly olderPercent: number
  readonly computePercent: number
  /** llama.cpp refuses the settings; then 0 bytes off means that we refuse them too. */
  readonly isRefused: boolean
}

function goldenRows(oracle: Oracle): readonly GoldenRow[] {
  return oracle.models.flatMap((model) => {
    const architecture = synthetic(model.architecture, { ...model.keys, vocab_size: model.vocab })
    return model.rows.map((one) => goldenRow(architecture, one, model))
  })
}

function goldenRow(
  architecture: ArchitectureMetadata,
  one: Row,
  model: { readonly name: string; readonly architecture: string },
): GoldenRow {
  const flags = flagsOf(one)
  const bytes = contextBytes(architecture, flags)
  const name = { id: `${model.name} ${one.slice(0, 9).join(' ')}`, layout: model.architecture }
  const golden = one[9]
  if (golden === null) {
    const unknown = { plainPercent: Number.NaN, olderPercent: Number.NaN, computePercent: Number.NaN }
    return { ...name, ...unknown, bytesOff: bytes === undefined ? 0 : Number.NaN, isRefused: true }
  }
  const [, context, compute] = golden
  const plain = plainBytesPerToken(architecture) * one[0]
  const percent = (value: number): number => (context === 0 ? Number.NaN : (100 * (value - context)) / context)
  return {
    ...name,
    bytesOff: bytes === undefined ? Number.NaN : bytes - context,
    plainPercent: percent(plain),
    olderPercent: percent(plain * OLDER_FRAGMENTATION),
    computePercent: (100 * (computeOf(onCpu(architecture, flags)) - compute)) / compute,
    isRefused: false,
  }
}

/** Cache and state with every layer on one card: what the oracle calls context. `undefined`: refused. */
function contextBytes(architecture: ArchitectureMetadata, values: FlagValues): number | undefined {
  const gpus = [{ totalBytes: 80 * GIB, source: 'flag' }]
  const result = estimate({ engine: 'llama.cpp', architecture, gpus, flags: [{ source: 'flag', values }], known: {} })
  const gpu = result.ok ? result.value.per_gpu[0] : undefined
  return gpu === undefined ? undefined : gpu.kv_cache_bytes + gpu.state_bytes
}

interface Shaped {
  readonly id: string
  readonly percent: number
}

/** Rows of `numbers` figures of the shape, then settings `[context, micro-batch, flash, bytes]`. */
function shapedRows(
  rows: Oracle['moe_compute']['rows'],
  numbers: number,
  architectureOf: (shape: readonly number[]) => ArchitectureMetadata,
): readonly Shaped[] {
  return rows.flatMap((one) => {
    const shape = one.slice(0, numbers).map(Number)
    const architecture = architectureOf(shape)
    return one.slice(numbers).map((setting) => {
      const [context = 0, micro = 0, flash = 0, bytes = Number.NaN] = Array.isArray(setting) ? setting : []
      const result = onCpu(architecture, {
        'ctx-size': String(context),
        'ubatch-size': String(micro),
        parallel: '1',
        'flash-attn': flash === 1 ? 'on' : 'off',
      })
      return { id: `${shape.join(' ')} at ${context} ${micro}`, percent: (100 * (computeOf(result) - bytes)) / bytes }
    })
  })
}

function common(shape: readonly number[]): Readonly<Record<string, GgufValue>> {
  const [hidden = 0, heads = 0, kvHeads = 0, headDim = 0, width = 0] = shape
  return {
    // The projections are of models of two layers.
    block_count: 2,
    context_length: 131072,
    embedding_length: hidden,
    feed_forward_length: width,
    'attention.head_count': heads,
    'attention.head_count_kv': kvHeads,
    'attention.key_length': headDim,
    'attention.value_length': headDim,
  }
}

function denseRows(oracle: Oracle): readonly Shaped[] {
  const { rows, vocab } = oracle.dense_compute
  return shapedRows(rows, 5, (shape) => synthetic('llama', { ...common(shape), vocab_size: vocab }))
}

function moeRows(oracle: Oracle): readonly Shaped[] {
  return shapedRows(oracle.moe_compute.rows, 6, ([hidden = 0, query = 0, kv = 0, width = 0, experts = 0, used = 0]) =>
    synthetic('qwen3moe', {
      ...common([hidden, query / 128, kv / 128, 128, width]),
      expert_count: experts,
      expert_used_count: used,
      expert_feed_forward_length: width,
      vocab_size: 32000,
    }),
  )
}

/** Golden rows: what llama.cpp itself projects, to the byte. */
export function oracleSections(): readonly Section[] {
  const oracle = readOracle()
  if (oracle === undefined) return []
  return [cacheSection(goldenRows(oracle)), computeSection(oracle)]
}

function cacheSection(rows: readonly GoldenRow[]): Section {
  const layouts = [...new Set(rows.map((one) => one.layout)), 'all']
  return {
    title: "Cache and state against llama.cpp's own projection (bytes off; peers in %)",
    head: ['model', 'rows', 'exact', 'worst bytes off', 'refused, as it does', 'plain median off', 'older median off'],
    rows: layouts.map((layout) => {
      const all = rows.filter((one) => layout === 'all' || one.layout === layout)
      const own = all.filter((one) => !one.isRefused)
      const refused = all.filter((one) => one.isRefused)
      const peer = (pick: (one: GoldenRow) => number): string => {
        const known = own.map((one) => Math.abs(pick(one))).filter(Number.isFinite)
        return fixed(median(known), 1)
      }
      return [
        layout,
        `${own.length}`,
        share(own.filter((one) => one.bytesOff === 0).length, own.length),
        fixed(worst(own.map((one) => one.bytesOff)), 0),
        share(refused.filter((one) => one.bytesOff === 0).length, refused.length),
        peer((one) => one.plainPercent),
        peer((one) => one.olderPercent),
      ]
    }),
    targets: [{ text: '0 bytes off on every golden row', isMet: rows.every((one) => one.bytesOff === 0) }],
    remarks: rows
      .filter((one) => one.bytesOff !== 0)
      .slice(0, 10)
      .map((one) => `${one.id}: ${one.bytesOff} bytes off`),
  }
}

function computeSection(oracle: Oracle): Section {
  const models = goldenRows(oracle)
    .filter((one) => !one.isRefused)
    .map((one) => ({ id: one.id, percent: one.computePercent }))
  const [dense, moe] = [denseRows(oracle), moeRows(oracle)]
  const groups = [
    ['golden models', models],
    ['dense shapes', dense],
    ['expert shapes', moe],
  ] as const
  const within = (rows: readonly Shaped[], limit: number): boolean =>
    rows.every((one) => Math.abs(one.percent) <= limit)
  return {
    title: "Compute buffer against llama.cpp's own projection (% off)",
    head: ['shapes', 'rows', 'median', 'worst over', 'worst under'],
    rows: groups.map(([name, rows]) => [
      name,
      `${rows.length}`,
      fixed(median(rows.map((one) => Math.abs(one.percent))), 4),
      fixed(Math.max(0, ...rows.map((one) => one.percent)), 3),
      fixed(Math.max(0, ...rows.map((one) => -one.percent)), 3),
    ]),
    targets: [
      { text: 'dense within 0.5 %', isMet: within(dense, 0.5) },
      // Rounding to whole alignment units is no shortfall.
      {
        text: 'experts within 10 % and never under',
        isMet: within(moe, 10) && moe.every((one) => one.percent >= -0.001),
      },
    ],
  }
}
