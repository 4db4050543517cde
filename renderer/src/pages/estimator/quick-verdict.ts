import { type Verdict } from '#shared/estimator/result'
import { NO_WISHES } from '../../stores/estimator'
import { estimateFor } from './calculations'
import { type QuestionInput, questionOf } from './question'

export interface QuickVerdict {
  readonly verdict: Verdict
  /** On what it rests, for the tooltip. */
  readonly title: string
}

export type QuickInput = Pick<QuestionInput, 'models' | 'gpus' | 'profile'>

/** The verdict that the page would give when this entry is chosen as it stands. */
export function quickVerdict(id: string, input: QuickInput): QuickVerdict {
  const question = questionOf({ subject: { kind: 'model', id }, wishes: NO_WISHES, ...input })
  if (question === undefined) return { verdict: 'unknown', title: '' }
  const answer = estimateFor(question)
  if (!answer.ok) return { verdict: 'unknown', title: answer.error.message }
  return { verdict: answer.value.verdict, title: answer.value.binding }
}
