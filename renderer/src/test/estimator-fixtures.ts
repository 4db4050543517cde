import { type ModelView } from '#shared/domain/model-view'
import { type PlanGpu } from '#shared/estimator/request'
import { type EstimateResult } from '#shared/estimator/result'
import { estimateFor } from '../pages/estimator/calculations'
import { type Question, questionOf } from '../pages/estimator/question'
import { NO_WISHES, type Wishes } from '../stores/estimator'
import { sampleView } from './sample-view'

export const CARD: PlanGpu = {
  name: 'RTX 4090',
  totalBytes: 25_393_692_672,
  freeBytes: 24_803_692_672,
  source: 'nvidia-smi',
}

/** An entry of the sample library; a name that is not there is a fault of the test. */
export function sampleModel(name: string): ModelView {
  const model = sampleView().models.find((one) => one.name === name)
  if (model === undefined) throw new Error(`The sample library has no "${name}"`)
  return model
}

export interface QuestionOptions {
  readonly wishes?: Partial<Wishes>
  readonly gpus?: readonly PlanGpu[]
  readonly model?: Partial<ModelView>
}

export function sampleQuestion(name: string, options: QuestionOptions = {}): Question {
  const model = { ...sampleModel(name), ...options.model }
  const question = questionOf({
    subject: { kind: 'model', id: model.id },
    models: [model],
    gpus: options.gpus ?? [CARD],
    wishes: { ...NO_WISHES, ...options.wishes },
  })
  if (question === undefined) throw new Error('No question')
  return question
}

/** The estimate of a question that is known to have one. */
export function resultOf(question: Question): EstimateResult {
  const result = estimateFor(question)
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}
