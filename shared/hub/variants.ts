/** One file of a repository listing. `sha256` is that of the LFS or Xet object; small files have only a git blob hash. */
export interface RepoFile {
  readonly path: string
  readonly bytes: number
  readonly sha256?: string
  readonly gitBlob?: string
}

/** One way to take the weights of a repository: a quantisation, or a format. Files of one variant belong together. */
export interface Variant {
  /** `Q4_K_M`, `safetensors`, ...; unique in its repository and what `--weights` takes. */
  readonly label: string
  readonly format: 'gguf' | 'safetensors' | 'pytorch'
  readonly files: readonly RepoFile[]
  /** Sum over `files`. */
  readonly bytes: number
  /** The same weights stand in a better format beside it (`.bin` beside safetensors, `original/`). */
  readonly duplicateOf?: string
}

export interface RepoContents {
  readonly variants: readonly Variant[]
  /** Vision or audio projectors of a GGUF repository; one of them goes with any variant. */
  readonly projectors: readonly RepoFile[]
  /** Config, tokenizer, chat template, licence: small files that every variant needs. */
  readonly companions: readonly RepoFile[]
  /** Everything else: images, other frameworks' weights, training state. */
  readonly other: readonly RepoFile[]
}

// File names are a last resort for facts, but the only thing a listing has: the label is a name, not a measurement.
const QUANTISATION =
  /(?:^|[-._/])((?:UD-)?(?:I?Q\d+(?:_\d|_[KA-Z0-9]+)*|TQ\d_\d|BF16|F16|F32|FP16|FP8|MXFP4(?:_MOE)?|NVFP4))(?=$|[-._/])/gi
const SHARD = /-(\d{5})-of-(\d{5})(?=\.)/
const PROJECTOR = /(?:^|[/_.-])mmproj(?:[/_.-]|$)/i
const COMPANION =
  /(?:^|\/)(?:(?:config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|merges|quantize_config|quant_config|hf_quant_config|preprocessor_config|processor_config|video_preprocessor_config|adapter_config|chat_template|vision_config|params)\.(?:json|txt|jinja)|tokenizer\.model|chat_template\.jinja|recipe\.yaml|[^/]+\.safetensors\.index\.json|[^/]+\.gptq_metadata|[^/]+\.py|LICENSE[^/]*|README\.md)$/i
const TRAINING_STATE = /(?:^|\/)(?:optimizer|scheduler|training_args|rng_state|trainer_state)[^/]*$/i

/** Sorts the files of a repository into variants of the weights and what goes with them. Order: smallest first. */
export function groupVariants(files: readonly RepoFile[]): RepoContents {
  const groups = new Map<string, { format: Variant['format']; files: RepoFile[] }>()
  const projectors: RepoFile[] = []
  const companions: RepoFile[] = []
  const other: RepoFile[] = []
  for (const file of files) {
    const weights = weightsGroup(file.path)
    if (/\.gguf$/i.test(file.path) && PROJECTOR.test(file.path)) projectors.push(file)
    else if (weights !== undefined) {
      const group = groups.get(weights.label) ?? { format: weights.format, files: [] }
      group.files.push(file)
      groups.set(weights.label, group)
    } else if (COMPANION.test(file.path)) companions.push(file)
    else other.push(file)
  }
  const variants = [...groups].map(([label, group]) => variant(label, group)).toSorted((a, b) => a.bytes - b.bytes)
  return { variants: markDuplicates(variants), projectors, companions, other }
}

function variant(
  label: string,
  group: { readonly format: Variant['format']; readonly files: readonly RepoFile[] },
): Variant {
  const bytes = group.files.reduce((sum, file) => sum + file.bytes, 0)
  return { label, format: group.format, files: group.files, bytes }
}

function weightsGroup(path: string): { readonly label: string; readonly format: Variant['format'] } | undefined {
  const name = path.replace(SHARD, '')
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
  if (/\.gguf$/i.test(path)) return { label: ggufLabel(name.slice(0, -'.gguf'.length)), format: 'gguf' }
  if (TRAINING_STATE.test(path)) return undefined
  if (/(?:^|\/)consolidated[^/]*\.safetensors$/i.test(path))
    return { label: inFolder('consolidated', folder), format: 'safetensors' }
  if (/\.safetensors$/i.test(path)) return { label: inFolder(safetensorsLabel(name), folder), format: 'safetensors' }
  if (/\.(?:bin|pth|pt)$/i.test(path) && isTorchWeights(path))
    return { label: inFolder('pytorch', folder), format: 'pytorch' }
  return undefined
}

/** The last quantisation word counts: `gemma-3-27b-it-qat-Q4_0`; a name without one stands for itself. */
function ggufLabel(stem: string): string {
  const words = [...stem.matchAll(QUANTISATION)].map((match) => match[1] ?? '')
  const base = stem.slice(stem.lastIndexOf('/') + 1)
  return words.at(-1)?.toUpperCase() ?? base
}

/** `model`, `diffusion_pytorch_model`, ... are the usual names and add nothing; a variant suffix does (`model.fp16`). */
function safetensorsLabel(path: string): string {
  const base = path.slice(path.lastIndexOf('/') + 1, -'.safetensors'.length)
  if (/^adapter_model/i.test(base)) return 'adapter'
  const suffix = /^model\.([\w-]+)$/i.exec(base)?.[1]
  return suffix === undefined ? 'safetensors' : `safetensors ${suffix}`
}

function isTorchWeights(path: string): boolean {
  return /(?:^|\/)(?:pytorch_model[^/]*\.bin|consolidated[^/]*\.pth|model[^/]*\.(?:bin|pth|pt))$/i.test(path)
}

function inFolder(label: string, folder: string): string {
  return folder === '' ? label : `${label} (${folder})`
}

/** Weights in a second format beside plain safetensors are the same weights, whatever they weigh. */
function markDuplicates(variants: readonly Variant[]): readonly Variant[] {
  const best = variants.find((candidate) => candidate.label === 'safetensors')
  if (best === undefined) return variants
  return variants.map((candidate) => {
    const isCopy =
      candidate.format === 'pytorch' ||
      candidate.label.startsWith('consolidated') ||
      candidate.label.endsWith('(original)')
    return isCopy ? { ...candidate, duplicateOf: best.label } : candidate
  })
}
