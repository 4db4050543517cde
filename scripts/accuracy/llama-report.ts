import { MIB } from '#shared/domain/units'
import { estimate } from '#shared/estimator/estimate'
import { type EstimateRequest } from '#shared/estimator/request'
import { type MeasuredCase, numberOf, quantile } from './cases'

interface CacheRow {
  readonly id: string
  readonly layout: string
  readonly measuredMib: number
  readonly predictedMib: number
  readonly errorPercent: number
}

/** Replays the cache sizes of llama.cpp and Ollama logs; lines for the report. */
export function llamaReport(
  cases: readonly MeasuredCase[],
  options: { readonly isVerbose: boolean },
): readonly string[] {
  const rows: CacheRow[] = []
  const leftOut = new Map<string, number>()
  for (const measured of cases.filter((one) => one.engine !== 'vllm')) {
    const row = cacheRow(measured)
    if (typeof row === 'string') leftOut.set(row, (leftOut.get(row) ?? 0) + 1)
    else rows.push(row)
  }
  const lines = ['llama.cpp and Ollama: KV cache bytes']
  for (const layout of [...new Set(rows.map((row) => row.layout))].sort()) {
    const errors = rows.filter((row) => row.layout === layout).map((row) => Math.abs(row.errorPercent))
    const exact = errors.filter((error) => error < 0.02).length
    lines.push(
      `  ${layout.padEnd(8)} ${String(errors.length).padStart(3)} cases, exact ${exact}, median ${(quantile(errors, 0.5) ?? 0).toFixed(3)} %, worst ${Math.max(0, ...errors).toFixed(2)} %`,
    )
  }
  for (const row of rows) {
    if (options.isVerbose || Math.abs(row.errorPercent) > 0.1) {
      lines.push(
        `    ${row.id}: ${row.predictedMib.toFixed(2)} MiB for ${row.measuredMib} (${row.errorPercent.toFixed(2)} %)`,
      )
    }
  }
  for (const [reason, count] of leftOut) lines.push(`  left out: ${count} x ${reason}`)
  return lines
}

/** `-mla` of ik_llama.cpp chooses between cache forms that the main line does not have. */
function reasonToSkip(measured: MeasuredCase): string | undefined {
  if (measured.architecture === null || measured.architecture === undefined) return 'no architecture in the case'
  if (measured.architecture.mla !== undefined) {
    return 'MLA cache form of ik_llama.cpp, or of a build before the latent cache'
  }
  return undefined
}

function cacheRow(measured: MeasuredCase): CacheRow | string {
  const reason = reasonToSkip(measured)
  if (reason !== undefined) return reason
  const logged = measured.logged['kv_mib']
  const total =
    typeof logged === 'object' && logged !== null ? numberOf(logged as Record<string, unknown>, 'total') : undefined
  if (total === undefined) return 'no cache size printed'
  const context = numberOf(measured.logged, 'n_ctx')
  if (context === undefined) return 'context not printed'
  const result = estimate(requestOf(measured, { context, cache: logged as Record<string, unknown> }))
  if (!result.ok) return `refused: ${result.error.message}`
  const predictedMib = result.value.kv.needed_bytes / MIB
  return {
    id: measured.id,
    layout: layoutOf(measured),
    measuredMib: total,
    predictedMib,
    errorPercent: (100 * (predictedMib - total)) / total,
  }
}

function layoutOf(measured: MeasuredCase): string {
  const kinds = new Set((measured.architecture?.layer_groups ?? []).map((group) => group.kind))
  if (kinds.has('mla')) return 'mla'
  if (kinds.has('linear_attention') || kinds.has('mamba') || kinds.has('recurrent')) return 'state'
  return kinds.has('sliding_attention') ? 'sliding' : 'full'
}

function requestOf(
  measured: MeasuredCase,
  input: { readonly context: number; readonly cache: Readonly<Record<string, unknown>> },
): EstimateRequest {
  const slots = numberOf(measured.args, 'n_parallel') ?? 1
  const perSlot = numberOf(input.cache, 'seqs') !== undefined && numberOf(input.cache, 'cells') !== undefined
  const total = perSlot ? (numberOf(input.cache, 'cells') ?? 0) * slots : input.context
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
  return {
    engine,
    architecture: measured.architecture ?? {},
    gpus: [],
    flags: [{ source: 'flag', values: flags }],
    known: {},
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
