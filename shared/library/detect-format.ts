import { type GgufFacts } from '../architecture/raw'

/** Place of a file in a split model: `name-00002-of-00005.gguf` is 2 of 5 of `name`. */
export interface ShardName {
  readonly base: string
  readonly index: number
  readonly count: number
}

const SHARD = /^(.*)-(\d{5})-of-(\d{5})\.(gguf|safetensors|bin)$/i

export function parseShardName(fileName: string): ShardName | undefined {
  const match = SHARD.exec(fileName)
  if (match === null) return undefined
  const [, base = '', index, count] = match
  return { base, index: Number(index), count: Number(count) }
}

/** Name of the file that is number `index` of a split model, in the form of a sibling. */
export function shardFileName(sibling: string, index: number): string {
  return sibling.replace(/-\d{5}-of-/, `-${String(index).padStart(5, '0')}-of-`)
}

/** What a GGUF file is good for. Only a `model` may be offered as a model to run. */
export const ggufKinds = ['model', 'projector', 'adapter', 'vocabulary', 'draft', 'other'] as const
export type GgufKind = (typeof ggufKinds)[number]

/** Architectures that only propose tokens for another model (speculative decoding). */
const draftArchitectures: ReadonlySet<string> = new Set(['eagle3', 'eagle', 'dflash', 'medusa'])
/** Values of `general.type` that say what the file is; `model` says nothing about drafts and vocabularies. */
const statedKinds: Readonly<Record<string, GgufKind>> = {
  mmproj: 'projector',
  projector: 'projector',
  adapter: 'adapter',
  vocab: 'vocabulary',
  imatrix: 'other',
}

type GgufHead = Pick<GgufFacts, 'metadata' | 'arrayLengths' | 'tensors'>

/** Classifies by header facts alone: file names lie. A later shard of a split model has the kind of its first. */
export function detectGgufKind({ metadata, arrayLengths, tensors }: GgufHead): GgufKind {
  const architecture = metadata['general.architecture']
  const stated = metadata['general.type']
  if (typeof stated === 'string' && Object.hasOwn(statedKinds, stated)) return statedKinds[stated] ?? 'other'
  if (architecture === 'clip') return 'projector'
  if (metadata['adapter.type'] !== undefined || isLoraOnly(tensors)) return 'adapter'
  if (typeof architecture === 'string' && draftArchitectures.has(architecture)) return 'draft'
  const isSplit = Number(metadata['split.count'] ?? 0) > 1
  if (tensors.length === 0 && !isSplit) {
    return arrayLengths['tokenizer.ggml.tokens'] === undefined ? 'other' : 'vocabulary'
  }
  return isNextTokenOnly({ metadata, arrayLengths, tensors }, architecture) ? 'draft' : 'model'
}

function isLoraOnly(tensors: GgufHead['tensors']): boolean {
  return tensors.length > 0 && tensors.every((tensor) => /\.lora_[ab]$/i.test(tensor.name))
}

/** A next-token (MTP) sidecar holds only the last blocks, those after the model's own layers. */
function isNextTokenOnly({ metadata, tensors }: GgufHead, architecture: unknown): boolean {
  const blocks = metadata[`${String(architecture)}.block_count`]
  const nextToken = metadata[`${String(architecture)}.nextn_predict_layers`]
  if (typeof blocks !== 'number' || typeof nextToken !== 'number' || nextToken < 1 || blocks <= nextToken) return false
  if (Number(metadata['split.count'] ?? 0) > 1) return false
  const indices = tensors.flatMap((tensor) => {
    const match = /^blk\.(\d+)\./.exec(tensor.name)
    return match === null ? [] : [Number(match[1])]
  })
  return indices.length > 0 && indices.every((index) => index >= blocks - nextToken)
}

/** A LoRA or similar adapter by the names of its tensors: it changes a model, it is none. */
export function isAdapterTensor(name: string): boolean {
  return /(?:^|\.)(?:lora_(?:[ab]|embedding_[ab]|magnitude_vector|down|up)|hada_w[12]_[ab]|lokr_w[12]|ia3_l|oft_[rs])(?:\.|$)/i.test(
    name,
  )
}

export const fileRoles = [
  'weights',
  'projector',
  'adapter',
  'draft',
  'vocabulary',
  'duplicate',
  'index',
  'config',
  'tokenizer',
  'other',
] as const
export type FileRole = (typeof fileRoles)[number]

const configNames: ReadonlySet<string> = new Set([
  'config.json',
  'params.json',
  'generation_config.json',
  'adapter_config.json',
  'vision_config.json',
  'quantize_config.json',
  'quant_config.json',
  'hf_quant_config.json',
  'quantization_config.json',
  'preprocessor_config.json',
  'processor_config.json',
  'video_preprocessor_config.json',
  'configuration.json',
  'sentence_bert_config.json',
  'recipe.yaml',
  'modelfile',
])
const tokenizerNames =
  /^(?:tokenizer(?:_config)?\.json|tokenizer\.model(?:\.v\d+)?|tekken\.json|vocab\.(?:json|txt)|merges\.txt|special_tokens_map\.json|added_tokens\.json|chat_template\.(?:json|jinja)|spiece\.model|sentencepiece\.bpe\.model|.*\.tiktoken)$/

/** Role of a file by its name alone; readers refine it for weight files. `path` is relative, with `/`. */
export function roleByName(path: string): FileRole {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  if (/\.(?:safetensors|bin|pt|pth)\.index\.json$/.test(name)) return 'index'
  if (configNames.has(name) || name.endsWith('.gptq_metadata')) return 'config'
  if (tokenizerNames.test(name)) return 'tokenizer'
  if (isAdapterFileName(name)) return 'adapter'
  if (/\.(?:gguf|safetensors)$/.test(name) || isPytorchWeights(name)) return 'weights'
  return 'other'
}

/** Names under which PEFT and MLX write adapters. */
export function isAdapterFileName(name: string): boolean {
  return /^(?:adapter_model|adapters|(?:\d+_)?adapters|pytorch_lora_weights)\.(?:safetensors|bin)$/i.test(name)
}

/** PyTorch weight files by name; other `.bin` and `.pt` files (optimiser state, training arguments) are none. */
export function isPytorchWeights(name: string): boolean {
  return /^(?:pytorch_model.*\.bin|model.*\.(?:bin|pt|pth)|consolidated.*\.(?:pt|pth)|.*-\d{5}-of-\d{5}\.bin)$/i.test(
    name,
  )
}
