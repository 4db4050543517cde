import { useEffect, useState } from 'react'
import { type ModelView } from '#shared/domain/model-view'
import { type FitQuestion, fitOf } from './fit'
import { type FitAnswer } from './view-model'

const CHUNK = 100
const NONE: ReadonlyMap<string, FitAnswer> = new Map()

/** Answers for all models, worked out in slices so that 5,000 of them never hold up typing; grows as it goes. */
export function useFits(models: readonly ModelView[], question: FitQuestion): ReadonlyMap<string, FitAnswer> {
  const [fits, setFits] = useState(NONE)
  const { gpu, contextTokens, batch } = question
  useEffect(() => {
    const answers = new Map<string, FitAnswer>()
    let next = 0
    let timer: number | undefined
    function slice() {
      for (const model of models.slice(next, next + CHUNK))
        answers.set(model.id, fitOf(model, { gpu, contextTokens, batch }))
      next += CHUNK
      setFits(new Map(answers))
      if (next < models.length) timer = window.setTimeout(slice, 0)
    }
    slice()
    return () => window.clearTimeout(timer)
  }, [models, gpu, contextTokens, batch])
  return fits
}
