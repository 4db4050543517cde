import { completeness } from '#shared/domain/completeness'
import { type ModelView } from '#shared/domain/model-view'
import { type Verdict } from '#shared/estimator/result'

/** What the answer for the chosen card and context is; absent while it is being worked out. */
export interface FitAnswer {
  readonly verdict: Verdict
  /** Likely use summed over the cards; absent when it cannot be computed. */
  readonly neededBytes?: number
  /** Why, in words. */
  readonly binding: string
  /** The model's own limit, when more was asked: that is what was estimated. */
  readonly contextTokens?: number
}

export interface ModelRow {
  readonly id: string
  readonly name: string
  readonly family?: string
  readonly parameters?: number
  readonly quantization?: string
  readonly format?: string
  readonly sizeBytes?: number
  readonly contextTokens?: number
  readonly known: number
  readonly expected: number
  readonly engine: string
  readonly filesMissing: boolean
  readonly deprecated: boolean
  readonly fit?: FitAnswer
}

export interface Filter {
  readonly text: string
  readonly verdict: Verdict | 'all'
  readonly missingData: boolean
  readonly format: string
  readonly engine: string
}

export const NO_FILTER: Filter = { text: '', verdict: 'all', missingData: false, format: '', engine: '' }

/** One line of the table. Sizes are those on disk; parameters are counted from tensors, never read from a name. */
export function modelRow(model: ModelView, fit: FitAnswer | undefined): ModelRow {
  const architecture = model.architecture ?? {}
  const { known, expected } = completeness(architecture)
  return {
    id: model.id,
    name: model.name,
    known,
    expected,
    engine: model.backend,
    filesMissing: model.files_state === 'missing',
    deprecated: model.deprecated,
    ...present('family', architecture.family ?? model.family),
    ...present('parameters', architecture.parameters_total),
    ...present('quantization', quantizationText(model)),
    ...present('format', model.format),
    ...present('sizeBytes', architecture.weights_bytes ?? model.download_size_bytes),
    ...present('contextTokens', architecture.context_length),
    ...present('fit', fit),
  }
}

/** `awq 4-bit`, `q4_k_m`, or the plain number type of an unquantised model. */
function quantizationText(model: ModelView): string | undefined {
  const { quantization, quantization_bits: bits, dtype } = model.architecture ?? {}
  if (quantization === 'none') return dtype ?? 'none'
  if (quantization === undefined) return model.quantization
  return bits === undefined || /\d/.test(quantization) ? quantization : `${quantization} ${bits}-bit`
}

export function matches(row: ModelRow, filter: Filter, haystack: string): boolean {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  return (
    words.every((word) => haystack.includes(word)) &&
    (filter.verdict === 'all' || row.fit?.verdict === filter.verdict) &&
    (!filter.missingData || row.known < row.expected || row.filesMissing) &&
    (filter.format === '' || row.format === filter.format) &&
    (filter.engine === '' || row.engine === filter.engine)
  )
}

/** In which file of a layered registry a change lands; nothing where there is only one file. */
export function layerWords(layer: ModelView['extra_args_layer']): string {
  return layer === 'snapshot' ? '' : `· ${layer} layer`
}

/** What the search looks in. */
export function haystackOf(model: ModelView): string {
  return [
    model.name,
    model.display_name,
    model.family,
    model.architecture?.family,
    model.download_path,
    model.served_model_id,
    ...model.aliases,
  ]
    .filter((text) => text !== undefined)
    .join('\n')
    .toLowerCase()
}

export function countVerdicts(rows: readonly ModelRow[]): Readonly<Record<Verdict, number>> {
  const counts = { fits: 0, tight: 0, does_not_fit: 0, unknown: 0 }
  for (const { fit } of rows) if (fit !== undefined) counts[fit.verdict] += 1
  return counts
}

/** Distinct values of a column, for a filter's choices. */
export function choicesOf(rows: readonly ModelRow[], key: 'format' | 'engine'): readonly string[] {
  return [...new Set(rows.map((row) => row[key]).filter((value) => value !== undefined))].toSorted()
}

function present<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  // The computed key is exactly K; TypeScript widens it to string.
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: T })
}
