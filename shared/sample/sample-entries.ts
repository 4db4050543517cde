import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { type Json, type JsonObject } from '#shared/domain/json'
import { deepseekV2Lite, gemma3, gptOss, llama31, qwen3, qwen3Moe, qwen25Awq, qwen25Vl } from './sample-architectures'
import { llama31Ollama, mistralGguf } from './sample-gguf'

interface SampleModel {
  readonly name: string
  readonly title: string
  readonly backend: string
  readonly repository?: string
  readonly extraArgs: readonly string[] | string
  readonly servedId?: string
  readonly architecture?: ArchitectureMetadata
  readonly contextWindow?: number
  readonly downloadSize?: number
}

const vllmModels: readonly SampleModel[] = [
  {
    name: 'llama-3.1-8b-instruct',
    title: 'Llama 3.1 8B Instruct',
    backend: 'vllm',
    repository: 'meta-llama/Llama-3.1-8B-Instruct',
    extraArgs: ['--max-model-len', '16384', '--gpu-memory-utilization', '0.9', '--max-num-seqs', '2'],
    architecture: llama31,
    contextWindow: 16384,
    downloadSize: 16_077_714_129,
  },
  {
    name: 'qwen3-8b',
    title: 'Qwen3 8B',
    backend: 'vllm',
    repository: 'Qwen/Qwen3-8B',
    // The same flag twice, in two spellings: the last one counts.
    extraArgs: ['--max-model-len', '4096', '--max-num-seqs', '16', '--enable-prefix-caching', '--max_num_seqs=8'],
    architecture: qwen3,
    downloadSize: 16_397_380_812,
  },
  {
    name: 'gemma-3-12b-it',
    title: 'Gemma 3 12B it',
    backend: 'vllm',
    repository: 'google/gemma-3-12b-it',
    extraArgs: [
      '--max-model-len',
      '32k',
      '--limit-mm-per-prompt',
      '{"image": 2, "video": 0}',
      '--gpu-memory-utilization=0.92',
    ],
    architecture: gemma3,
  },
  {
    name: 'qwen3-30b-a3b',
    title: 'Qwen3 30B A3B',
    backend: 'vllm',
    repository: 'Qwen/Qwen3-30B-A3B',
    extraArgs: ['-tp', '2', '--max-model-len', '40960', '--enable-expert-parallel'],
    architecture: qwen3Moe,
  },
  {
    name: 'deepseek-v2-lite-chat',
    title: 'DeepSeek V2 Lite Chat',
    backend: 'vllm',
    repository: 'deepseek-ai/DeepSeek-V2-Lite-Chat',
    extraArgs: ['--trust-remote-code', '--max-model-len', '65536', '--max-num-batched-tokens', '8192'],
    architecture: deepseekV2Lite,
  },
  {
    name: 'qwen2.5-vl-7b-instruct',
    title: 'Qwen2.5 VL 7B Instruct',
    backend: 'vllm',
    repository: 'Qwen/Qwen2.5-VL-7B-Instruct',
    extraArgs: [
      '--kv-cache-dtype',
      'fp8',
      '--limit-mm-per-prompt',
      '{"image":1,"video":0}',
      '--chat-template',
      'templates/vision chat.jinja',
      '--max-model-len',
      '16384',
    ],
    architecture: qwen25Vl,
  },
  {
    name: 'qwen2.5-7b-instruct-awq',
    title: 'Qwen2.5 7B Instruct (AWQ)',
    backend: 'vllm',
    repository: 'Qwen/Qwen2.5-7B-Instruct-AWQ',
    // One string instead of a list: both forms occur in registries.
    extraArgs: "--quantization awq_marlin --served-model-name 'Qwen 2.5 7B' --max-model-len 32768",
    architecture: qwen25Awq,
  },
  {
    name: 'gpt-oss-20b',
    title: 'gpt-oss 20B',
    backend: 'vllm',
    repository: 'openai/gpt-oss-20b',
    extraArgs: ['--gpu-memory-utilization', '0.87', '--max-model-len', '65536', '--max-num-seqs', '4'],
    architecture: gptOss,
  },
]

const otherModels: readonly SampleModel[] = [
  {
    name: 'llama3.1-8b-q4_k_m',
    title: 'Llama 3.1 8B (Ollama, Q4_K_M)',
    backend: 'ollama',
    extraArgs: ['--num-ctx', '8192'],
    servedId: 'llama3.1:8b-instruct-q4_K_M',
    architecture: llama31Ollama,
    contextWindow: 8192,
    downloadSize: 4_920_753_328,
  },
  {
    name: 'mistral-7b-instruct-v0.3-q8_0',
    title: 'Mistral 7B Instruct v0.3 (Q8_0)',
    backend: 'gguf',
    repository: 'mistralai/Mistral-7B-Instruct-v0.3',
    extraArgs: ['-c', '16384', '-np', '2', '-ngl', '99', '--flash-attn', 'on'],
    architecture: mistralGguf,
  },
  { name: 'mystery-model', title: 'A model of which nothing is known', backend: 'unassigned', extraArgs: [] },
]

/** Rows of the two layers; the merged file follows from them by the load rule. */
export function sampleRows(): { readonly curated: readonly JsonObject[]; readonly discovered: readonly JsonObject[] } {
  const models = [...vllmModels, ...otherModels]
  // Three models carry their launch flags in the curated layer, as a person would have put them there.
  const byHand = new Set(['llama-3.1-8b-instruct', 'gemma-3-12b-it', 'llama3.1-8b-q4_k_m'])
  return {
    curated: models.filter((model) => byHand.has(model.name)).map(curatedRow),
    discovered: models.map((model) => discoveredRow(model, byHand.has(model.name))),
  }
}

function curatedRow(model: SampleModel): JsonObject {
  return {
    name: model.name,
    display_name: model.title,
    backend_config: { extra_args: model.extraArgs },
    metadata: { registry_layer: 'curated' },
  }
}

function discoveredRow(model: SampleModel, isCurated: boolean): JsonObject {
  const isGguf = model.architecture?.source === 'gguf'
  return {
    name: model.name,
    display_name: model.title,
    backend: model.backend,
    backend_config: {
      port: model.backend === 'ollama' ? 11434 : 0,
      model_path: model.servedId === undefined ? '' : `ollama:${model.servedId}`,
      extra_args: isCurated ? [] : model.extraArgs,
    },
    capabilities: { text: true, vision: model.architecture?.vision !== undefined },
    ...(model.contextWindow !== undefined && { generation_defaults: { context_window: model.contextWindow } }),
    metadata: {
      ...(model.architecture !== undefined && { architecture: plain(model.architecture) }),
      registry_layer: 'discovered',
    },
    served_model_id: model.servedId ?? null,
    model_aliases: model.repository === undefined ? [] : [model.repository],
    source: model.repository === undefined ? null : { huggingface_id: model.repository },
    deprecated: false,
    family: model.architecture?.family ?? null,
    quantization: model.architecture?.quantization ?? null,
    download_format: model.architecture === undefined ? null : isGguf ? 'gguf' : 'safetensors',
    download_path: model.servedId === undefined ? null : `ollama:${model.servedId}`,
    download_size_bytes: model.downloadSize ?? null,
    download_files: [],
  }
}

/** The same object without `undefined` values; the figures above are JSON by construction. */
function plain(architecture: ArchitectureMetadata): Json {
  return JSON.parse(JSON.stringify(architecture)) as Json // text of JSON.stringify parses to JSON
}
