import { type FlagSpec } from './flag-spec'

/**
 * Settings of Ollama in the form in which registry entries hold them. None of them is a flag of `ollama run` or
 * `ollama serve`: nothing reads them at launch, the exports name what does.
 */
export const ollamaFlags: readonly FlagSpec[] = [
  {
    name: 'num-ctx',
    aliases: ['--ctx-size', '--context-length'],
    kind: 'integer',
    default: 'by GPU memory: 4096, 32768 or 262144',
    effect: 'Context of one slot in tokens; honoured as Modelfile PARAMETER, OLLAMA_CONTEXT_LENGTH or options.num_ctx.',
  },
  {
    name: 'num-parallel',
    aliases: [],
    kind: 'integer',
    default: '1',
    effect: 'Slots; honoured as OLLAMA_NUM_PARALLEL. Every slot has its own context.',
  },
  {
    name: 'gpu-layers',
    aliases: ['--num-gpu', '--n-gpu-layers'],
    writeAs: '--num-gpu',
    kind: 'text',
    default: 'as many as fit',
    effect: 'Layers on the GPU; honoured as Modelfile PARAMETER num_gpu or options.num_gpu.',
  },
  {
    name: 'batch-size',
    aliases: ['--num-batch'],
    writeAs: '--num-batch',
    kind: 'integer',
    default: '512',
    effect: 'Batch in tokens; honoured as Modelfile PARAMETER num_batch or options.num_batch.',
  },
  {
    name: 'cache-type-k',
    aliases: ['--kv-cache-type'],
    kind: 'text',
    default: 'f16',
    choices: ['f16', 'q8_0', 'q4_0'],
    effect: 'Type of cached keys and values; honoured as OLLAMA_KV_CACHE_TYPE.',
  },
  { name: 'cache-type-v', aliases: [], kind: 'text', default: 'f16', effect: 'Type of cached values.' },
  {
    name: 'flash-attn',
    aliases: ['--flash-attention'],
    kind: 'optional',
    default: 'on where the GPU supports it',
    choices: ['on', 'off', 'auto'],
    effect: 'Honoured as OLLAMA_FLASH_ATTENTION; a quantised cache needs it.',
  },
  { name: 'ubatch-size', aliases: [], kind: 'integer', effect: 'Physical batch in tokens.' },
  { name: 'kv-unified', aliases: [], kind: 'switch', effect: 'One cache shared by all slots.' },
  { name: 'swa-full', aliases: [], kind: 'switch', effect: 'Sliding-window layers keep the whole context.' },
]

export const ollamaOtherSwitches: readonly string[] = ['verbose', 'use-mmap', 'use-mlock']

export const ollamaOtherValues: readonly string[] = [
  'keep-alive',
  'num-predict',
  'num-keep',
  'num-thread',
  'main-gpu',
  'seed',
  'temperature',
  'top-k',
  'top-p',
  'min-p',
  'repeat-last-n',
  'repeat-penalty',
  'stop',
]
