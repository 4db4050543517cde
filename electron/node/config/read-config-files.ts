import { type RawDocument, type RawSources } from '#shared/architecture/raw'
import { isJsonObject } from '#shared/domain/json'
import { fail, type HeadroomError, ok, type Result } from '#shared/domain/result'
import { quoteForeign } from '../library/read-fault'
import { readJsonDocument, readYamlDocument } from './read-document'
import { readTokenizerLimit } from './read-tokenizer-config'

export interface ConfigFiles {
  readonly sources: RawSources
  readonly warnings: readonly string[]
  /** Why `config.json` could not be used, when it is there but broken. */
  readonly configError?: HeadroomError
}

/** `quantize_config.json` and its relatives, in the order in which extraction looks at them. */
const quantizationNames = [
  'quantize_config.json',
  'quant_config.json',
  'hf_quant_config.json',
  // AutoRound
  'quantization_config.json',
] as const

/**
 * Reads every document of a model folder that says something about its architecture. `names`: files of the folder.
 * A broken neighbour is a warning; a broken main config is reported apart, the caller decides.
 */
export function readConfigFiles(root: string, names: ReadonlySet<string>, mainConfig?: string): ConfigFiles {
  const warnings: string[] = []
  const optional = (file: string): RawDocument | undefined =>
    names.has(file) ? usable(readObject(root, file, warnings), file, warnings) : undefined
  const main = readMainConfig(root, names, { mainConfig, warnings })
  const config = main?.ok ? main.value : undefined
  const visionConfig = optional('vision_config.json')
  const generationConfig = optional('generation_config.json')
  const sentenceBertConfig = optional('sentence_bert_config.json')
  const adapterConfig = optional('adapter_config.json')
  const tokenizerFile = 'tokenizer_config.json'
  const tokenizerConfig = names.has(tokenizerFile)
    ? usable(readTokenizerLimit(root, tokenizerFile), tokenizerFile, warnings)
    : undefined
  const quantizationConfigs = readQuantizationConfigs(root, names, { optional, warnings })
  return {
    sources: {
      ...(config && { config }),
      ...(visionConfig && { visionConfig }),
      ...(generationConfig && { generationConfig }),
      ...(quantizationConfigs.length > 0 && { quantizationConfigs }),
      ...(tokenizerConfig && { tokenizerConfig }),
      ...(sentenceBertConfig && { sentenceBertConfig }),
      ...(adapterConfig && { adapterConfig }),
    },
    warnings,
    ...(main !== undefined && !main.ok && { configError: main.error }),
  }
}

/** `config.json`; Mistral's own releases have only `params.json`. */
function readMainConfig(
  root: string,
  names: ReadonlySet<string>,
  { mainConfig, warnings }: { readonly mainConfig: string | undefined; readonly warnings: string[] },
): Result<RawDocument> | undefined {
  const file = mainConfig ?? ['config.json', 'params.json'].find((name) => names.has(name))
  return file === undefined ? undefined : readObject(root, file, warnings)
}

function readQuantizationConfigs(
  root: string,
  names: ReadonlySet<string>,
  { optional, warnings }: { readonly optional: (file: string) => RawDocument | undefined; readonly warnings: string[] },
): RawDocument[] {
  const documents = quantizationNames.map((name) => optional(name))
  const gptqNames = [...names].filter((name) => name.endsWith('.gptq_metadata')).sort()
  documents.push(...gptqNames.slice(0, 4).map((name) => optional(name)))
  for (const name of ['recipe.yaml', 'recipe.yml']) {
    if (names.has(name)) documents.push(usable(readYamlDocument(root, name), name, warnings))
  }
  return documents.filter((document) => document !== undefined)
}

function readObject(root: string, file: string, warnings: string[]): Result<RawDocument> {
  const read = readJsonDocument(root, file)
  if (!read.ok) return read
  if (!isJsonObject(read.value.json)) {
    return fail('BAD_VALUE', 'This file holds no JSON object.', { path: file, hint: 'Download it again.' })
  }
  if (read.value.hasPythonNumbers) warnings.push(`${quoteForeign(file)}: NaN or Infinity was read as "not stated".`)
  return ok({ file, json: read.value.json })
}

function usable(read: Result<RawDocument>, file: string, warnings: string[]): RawDocument | undefined {
  if (read.ok) return read.value
  warnings.push(`${quoteForeign(file)} was not used: ${read.error.message}`)
  return undefined
}
