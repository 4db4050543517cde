import { type Explanation } from '../../components/what-is-this'
import { type DraftField } from './profile-form'

/** What each value of an overhead profile is, the formula it goes into, and where that comes from. */
export const profileHelp = {
  overhead: {
    text: 'Memory of the GPU that is neither weights nor cache nor computed: the CUDA context, NCCL, other libraries. vLLM prints it as "non-torch memory"; llama.cpp and Ollama are charged the same for the driver.',
    formula: 'total = weights + activations + graphs + overhead + KV cache',
    source: 'Empty: the engine model, from measured starts by release and number of GPUs. Replaces that term.',
  },
  graphs: {
    text: 'Memory of captured CUDA graphs. Older vLLM takes it beside the budget, newer ones inside. None with --enforce-eager.',
    formula: 'KV pool = budget − weights − activations − overhead − graphs',
    source: 'Empty: the engine model, by capture sizes and layers. vLLM only.',
  },
  factor: {
    text: 'Scales the peak of the activations, for cards or kernels that need more or less than the usual workspace.',
    formula: 'activations = factor × max(sampler, forward pass, vision)',
    source: 'Empty: 1, as modelled. vLLM only.',
  },
  range: 'Empty: engine model. Only the likely value: exact. All three: the estimate carries the doubt.',
} as const satisfies Readonly<Partial<Record<DraftField, Explanation>>> & { readonly range: string }
