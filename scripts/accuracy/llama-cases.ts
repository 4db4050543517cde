import { MIB } from '#shared/domain/units'
import { estimate } from '#shared/estimator/estimate'
import { type EstimateRequest } from '#shared/estimator/request'
import { layoutName, type MeasuredCase, numberOf } from './cases'
import { OLDER_FRAGMENTATION, plainBytesPerToken } from './peers'
import { collect, fixed, median, type Section, share, worst } from './report'

interface CacheRow {
  readonly id: string
  readonly name: string
  readonly measuredMib: number
  readonly predictedMib: number
  readonly plainMib: number
  readonly errorPercent: number
  readonly plainErrorPercent: number
  readonly olderErrorPercent: number
}

/** Half a unit of the last digit that a log prints of a size in MiB (old ones: one digit in GiB). */
const EXACT_PERCENT = 0.02

/** `-mla` of ik_llama.cpp chooses between cache forms that the main line does not have. */
function reasonToSkip(measured: MeasuredCase): string | undefined {
  if (measured.architecture === null || measured.architecture === undefined) return 'no architecture in the case'
  const isOldForm = measured.architecture.mla !== undefined
  return isOldForm ? 'MLA cache form of ik_llama.cpp, or of a build before the latent cache' : undefined
}

function cacheRow(measured: MeasuredCase): CacheRow | string {
  const reason = reasonToSkip(measured)
  if (reason !== undefined) return reason
  const logged = measured.logged['kv_mib']
  const cache = typeof logged === 'object' && logged !== null ? { ...logged } : {}
  const total = numberOf(cache, 'total')
  if (total === undefined) return 'no cache size printed'
  const context = numberOf(measured.logged, 'n_ctx')
  if (context === undefined) return 'context not printed'
  const result = estimate(requestOf(measured, { context, cache }))
  if (!result.ok) return `refused: ${result.error.message}`
  const predictedMib = result.value.kv.needed_bytes / MIB
  const plainMib = (plainBytesPerToken(measured.architecture ?? {}) * context) / MIB
  const off = (mib: number): number => (100 * (mib - total)) / total
  return {
    id: measured.id,
    name: `${measured.engine} ${layoutName(measured.architecture)}`,
    measuredMib: total,
    predictedMib,
    plainMib,
    errorPercent: off(predictedMib),
    plainErrorPercent: off(plainMib),
    olderErrorPercent: off(plainMib * OLDER_FRAGMENTATION),
  }
}

function requestOf(
  measured: MeasuredCase,
  input: { readonly context: number; readonly cache: Readonly<Record<string, unknown>> },
): EstimateRequest {
  const slots = numberOf(measured.args, 'n_parallel') ?? 1
  const cells = numberOf(input.cache, 'cells')
  const total = numberOf(input.cache, 'seqs') !== undefined && cells !== undefined ? cells * slots : input.context
  const engine = measured.engine === 'ollama' ? 'ollama' : 'llama.cpp'
  const flags: Record<string, string | true> = {
    [engine === 'ollama' ? 'num-ctx' : 'ctx-size']: String(total),
    parallel: String(slots),
    'cache-type-k': textOf(input.cache['k_type']) ?? 'f16',
    'cache-type-v': textOf(input.cache['v_type']) ?? 'f16',
    'ubatch-size': String(numberOf(measured.args, 'n_ubatch') ?? 512),
    // Quantised caches need flash attention; the logs of these runs had it on.
    'flash-attn': 'on',
  }
  // ik_llama.cpp bills sliding layers at full context.
  if (measured.id.startsWith('ik-')) flags['swa-full'] = true
  const architecture = measured.architecture ?? {}
  return { engine, architecture, gpus: [], flags: [{ source: 'flag', values: flags }], known: {} }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Cache sizes of llama.cpp and Ollama logs. */
export function llamaCaseSections(cases: readonly MeasuredCase[]): readonly Section[] {
  const { rows, leftOut } = collect(cases, cacheRow)
  const names = [...new Set(rows.map((row) => row.name))].sort()
  const absolute = (own: readonly CacheRow[], pick: (row: CacheRow) => number): readonly number[] =>
    own.map((row) => Math.abs(pick(row))).filter(Number.isFinite)
  return [
    {
      title: 'KV cache of real loads (% off)',
      head: ['engine and layout', 'loads', 'exact', 'median', 'worst', 'plain worst', 'older median'],
      rows: names.map((name) => {
        const own = rows.filter((row) => row.name === name)
        return [
          name,
          `${own.length}`,
          share(own.filter((row) => Math.abs(row.errorPercent) < EXACT_PERCENT).length, own.length),
          fixed(median(absolute(own, (row) => row.errorPercent)), 3),
          fixed(worst(absolute(own, (row) => row.errorPercent)), 3),
          fixed(worst(absolute(own, (row) => row.plainErrorPercent)), 1),
          fixed(median(absolute(own, (row) => row.olderErrorPercent)), 1),
        ]
      }),
      targets: [{ text: 'within 0.1 %', isMet: rows.every((row) => Math.abs(row.errorPercent) <= 0.1) }],
      remarks: rows
        .filter((row) => Math.abs(row.errorPercent) > 0.1)
        .map((row) => `${row.id}: ${row.predictedMib.toFixed(2)} MiB for ${row.measuredMib}`),
      leftOut,
    },
  ]
}
