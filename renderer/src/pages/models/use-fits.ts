import { type RefObject, startTransition, useEffect, useState } from 'react'
import { type ModelView } from '#shared/domain/model-view'
import { draftNameOf } from '#shared/estimator-request/draft-model'
import { effectiveFlags } from '#shared/launch-args/effective-flags'
import { type HeaderFacts, useEstimator } from '../../stores/estimator'
import { type FitQuestion, fitOf } from './fit'
import { type FitAnswer } from './view-model'

/** A slice leaves the thread free for typing. */
const SLICE_MS = 8
/** The list is drawn anew for the rows in sight, then each time that as many answers again are there. */
const SHOW_FIRST = 80
const NONE: ReadonlyMap<string, FitAnswer> = new Map()

interface Known {
  readonly model: ModelView
  readonly facts: HeaderFacts | undefined
  readonly question: FitQuestion
  readonly answer: FitAnswer
}

/** Answers by id, kept over readings of the registry: only entries that changed are worked out again. */
const known = new Map<string, Known>()

/** Answers for all models, worked out in slices so that 5,000 of them never hold up typing; grows as it goes. */
export function useFits(
  models: readonly ModelView[],
  question: FitQuestion,
  first: RefObject<readonly string[]>,
): ReadonlyMap<string, FitAnswer> {
  const [fits, setFits] = useState(NONE)
  const headers = useEstimator((state) => state.headers)
  const { gpu, contextTokens, batch, profile, others } = question
  useEffect(() => {
    const asked = { gpu, contextTokens, batch, profile, others }
    const answers = new Map<string, FitAnswer>()
    const ordered = inOrder(models, first.current)
    let next = 0
    let showAt = SHOW_FIRST
    let timer: number | undefined
    function slice() {
      const until = performance.now() + SLICE_MS
      while (next < ordered.length && performance.now() < until) {
        const model = ordered[next]
        if (model !== undefined) answers.set(model.id, answerFor(model, asked, headers[model.id]))
        next += 1
      }
      const isDone = next >= ordered.length
      if (isDone || next >= showAt) {
        showAt = next * 2
        // drawing 5,000 rows anew must not stand in the way of a key that is pressed meanwhile
        startTransition(() => setFits(new Map(answers)))
      }
      if (!isDone) timer = window.setTimeout(slice, 0)
    }
    slice()
    return () => window.clearTimeout(timer)
  }, [models, headers, gpu, contextTokens, batch, profile, others, first])
  return fits
}

function answerFor(model: ModelView, question: FitQuestion, facts: HeaderFacts | undefined): FitAnswer {
  const old = known.get(model.id)
  const isSame =
    old !== undefined &&
    old.facts === facts &&
    old.question.gpu === question.gpu &&
    old.question.contextTokens === question.contextTokens &&
    old.question.batch === question.batch &&
    old.question.profile === question.profile &&
    (old.question.others === question.others || !namesDraft(model)) &&
    (old.model === model || JSON.stringify(old.model) === JSON.stringify(model))
  if (isSame) {
    // The newest question stands for the older ones: each of those would keep a whole registry in memory.
    known.set(model.id, { ...old, model, question })
    return old.answer
  }
  const answer = fitOf(model, question, facts)
  known.set(model.id, { model, facts, question, answer })
  return answer
}

/** Whether another entry may count in the answer of this one. */
function namesDraft({ extra_args: extraArgs }: ModelView): boolean {
  return draftNameOf([{ source: 'extra_args', values: effectiveFlags(extraArgs, 'vllm') }]) !== undefined
}

/** The rows in sight first, then the others as they come. */
function inOrder(models: readonly ModelView[], first: readonly string[]): readonly ModelView[] {
  const wanted = new Set(first)
  return [...models.filter(({ id }) => wanted.has(id)), ...models.filter(({ id }) => !wanted.has(id))]
}
