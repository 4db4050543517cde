import { type Point } from './solving'

export interface OllamaExport {
  readonly label: string
  readonly text: string
}

/** What Ollama itself reads; extra_args of an entry are not among it. Source: Ollama's Modelfile, FAQ and API pages. */
export function ollamaExports({ context, batch }: Point): readonly OllamaExport[] {
  return [
    { label: 'Modelfile', text: `PARAMETER num_ctx ${context}` },
    { label: 'Environment', text: `OLLAMA_CONTEXT_LENGTH=${context} OLLAMA_NUM_PARALLEL=${batch}` },
    { label: 'Request', text: `{"options": {"num_ctx": ${context}}}` },
  ]
}
