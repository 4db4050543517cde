import { useEffect } from 'react'
import { call } from '../../api/call'
import { keepHeaders, useEstimator } from '../../stores/estimator'
import { type Question } from './question'

/**
 * Reads the header of a GGUF entry once, for the tensor list that the registry does not hold: llama.cpp and Ollama place
 * layer by layer. Where the file cannot be read the estimate goes on without it, and its own notes say so.
 */
export function useHeaders(question: Question | undefined): void {
  const model = question?.model
  const id = model?.id
  const isKnown = useEstimator((state) => id !== undefined && Object.hasOwn(state.headers, id))
  const wants =
    question !== undefined &&
    question.engine !== 'vllm' &&
    model !== undefined &&
    model.tensors === undefined &&
    model.files_state !== 'missing' &&
    model.files_state !== 'no_path' &&
    !isKnown
  useEffect(() => {
    if (!wants || id === undefined) return
    let isCurrent = true
    async function read(model: string) {
      const reply = await call('models:headers', { id: model })
      if (isCurrent) keepHeaders(model, reply.ok ? reply.value : {})
    }
    void read(id)
    return () => {
      isCurrent = false
    }
  }, [wants, id])
}
