import { type ModelView } from '#shared/domain/model-view'
import { type OverheadProfile } from '#shared/estimator/request'
import { type Verdict } from '#shared/estimator/result'
import { NO_WISHES } from '../../stores/estimator'
import { estimateFor } from './calculations'
import { type Question, questionOf } from './question'

export interface QuickVerdict {
  readonly verdict: Verdict
  /** On what it rests, for the tooltip. */
  readonly title: string
}

/** The verdict that the page would give when this entry is chosen as it stands. */
export function quickVerdict(model: ModelView, gpus: Question['gpus'], profile?: OverheadProfile): QuickVerdict {
  const subject = { kind: 'model', id: model.id } as const
  const question = questionOf({ subject, models: [model], gpus, wishes: NO_WISHES, profile })
  if (question === undefined) return { verdict: 'unknown', title: '' }
  const answer = estimateFor(question)
  if (!answer.ok) return { verdict: 'unknown', title: answer.error.message }
  return { verdict: answer.value.verdict, title: answer.value.binding }
}
