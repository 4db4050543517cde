import { knownTerms } from '#shared/runtime/known-terms'
import { type DroppedTerm } from '#shared/runtime/known-terms-report'
import { requestFor } from './calculations'
import { type Question } from './question'

/** Measured terms (names of `knownTerms`) and the rows of the comparison that show the same figure. */
const TERM_OF_ROW: Readonly<Record<string, string>> = {
  weights: 'weights',
  activation: 'activation',
  non_torch: 'non_torch',
  cuda_graphs: 'graphs',
  pool: 'kv_pool',
}

export function termOfRow(row: string): string | undefined {
  return Object.hasOwn(TERM_OF_ROW, row) ? TERM_OF_ROW[row] : undefined
}

const NAMES: Readonly<Record<string, string>> = {
  weights: 'weights',
  activation: 'activations',
  non_torch: 'overhead',
  graphs: 'CUDA graphs',
  kv_pool: 'KV pool',
}

export function termName(term: string): string {
  return NAMES[term] ?? term
}

export interface MeasuredTerms {
  /** Hold for the settings of the page: they can stand in for modelled ones. */
  readonly held: readonly string[]
  /** Do not hold, and the setting that differs. */
  readonly dropped: readonly DroppedTerm[]
}

/** Which terms of the last measured start hold for the settings as they are now. */
export function measuredTerms(question: Question): MeasuredTerms {
  const request = requestFor({ ...question, wishes: { ...question.wishes, useMeasured: true, measuredOff: [] } })
  if (!request.ok) return { held: [], dropped: [] }
  const { engine, engineVersion, flags, gpus, architecture } = request.value
  const { held, dropped } = knownTerms({
    architecture,
    engine,
    gpus,
    // Start values of the dials are nobody's wish.
    flags: flags.filter(({ source }) => source !== 'start'),
    ...(engineVersion === undefined ? {} : { engineVersion }),
  })
  return { held, dropped }
}
