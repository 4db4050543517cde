import { isAdapterFileName, isPytorchWeights, parseShardName } from '#shared/library/detect-format'
import { type FolderFile } from '../library/list-model-folder'

/** Which files of a folder hold the model's weights, and which hold the same weights again or an adapter. */
export interface WeightChoice {
  readonly format: 'safetensors' | 'pytorch' | 'none'
  readonly index?: string
  /** Weight files when there is no index. */
  readonly files: readonly string[]
  readonly adapters: readonly string[]
  readonly duplicates: readonly string[]
}

/**
 * The loaders' rule: an index decides; else the files named `model`, else every safetensors file of the top folder;
 * `consolidated*` (Mistral's and Meta's own layout), `original/`, precision variants and `.bin` beside safetensors are
 * the same weights again. Subfolders never hold the main weights of a transformers model.
 */
export function chooseWeightFiles(files: readonly FolderFile[]): WeightChoice {
  const names = files.map((file) => file.path)
  const top = names.filter((name) => !name.includes('/'))
  const safetensors = top.filter((name) => name.endsWith('.safetensors'))
  const adapters = safetensors.filter(isAdapterFileName)
  const indexes = top.filter((name) => name.endsWith('.safetensors.index.json'))
  const pytorch = top.filter(isPytorchWeights)
  const main = chooseMain(safetensors.filter((name) => !isAdapterFileName(name)))
  const adapterBins = top.filter((name) => /^adapter_model\.bin$/i.test(name))
  const index = indexes.find((name) => name === 'model.safetensors.index.json') ?? indexes[0]
  const nested = names.filter((name) => name.includes('/') && isSameWeights(name))
  const isSafetensors = index !== undefined || main.length > 0
  if (!isSafetensors) {
    const binIndex = top.find((name) => name.endsWith('.bin.index.json'))
    const isPytorch = binIndex !== undefined || pytorch.length > 0
    return {
      format: isPytorch ? 'pytorch' : 'none',
      ...(binIndex !== undefined && { index: binIndex }),
      files: choosePytorch(pytorch),
      adapters: [...adapters, ...adapterBins],
      duplicates: isPytorch ? nested : [],
    }
  }
  const others = safetensors.filter((name) => !main.includes(name) && !adapters.includes(name))
  return {
    format: 'safetensors',
    ...(index !== undefined && { index }),
    files: main,
    adapters: [...adapters, ...adapterBins],
    duplicates: [...others, ...pytorch, ...nested],
  }
}

function chooseMain(names: readonly string[]): string[] {
  const named = names.filter((name) => groupOf(name) === 'model')
  if (named.length > 0) return named
  const rest = names.filter((name) => !/^consolidated\b/.test(name))
  const chosen = rest.length > 0 ? rest : [...names]
  const plain = chosen.filter((name) => !/\.(?:fp16|fp32|bf16|non_ema|ema)\b/.test(name))
  return plain.length > 0 ? plain : chosen
}

function choosePytorch(names: readonly string[]): string[] {
  const main = names.filter((name) => !name.startsWith('consolidated'))
  return main.length > 0 ? main : [...names]
}

function groupOf(name: string): string {
  return parseShardName(name)?.base ?? name.replace(/\.[^.]+$/, '')
}

/** Copies that publishers keep beside the main weights: Meta's `original/`, other frameworks, other precisions. */
function isSameWeights(name: string): boolean {
  const folder = name.slice(0, name.indexOf('/')).toLowerCase()
  const isWeights = /\.(?:safetensors|bin|pt|pth|onnx|msgpack|h5)$/i.test(name)
  return isWeights && /^(?:original|consolidated|onnx|fp16|fp32|bf16|metal|pytorch|openvino)$/.test(folder)
}
