import { type RawSources } from '#shared/architecture/raw'
import { type InspectionFormat } from '#shared/domain/inspection'
import { isJsonObject, ownValue } from '#shared/domain/json'
import { fail, type HeadroomError, ok, type Result } from '#shared/domain/result'
import { parseShardName } from '#shared/library/detect-format'
import { type ConfigFiles, readConfigFiles } from '../config/read-config-files'
import { readCardBaseModels } from '../config/read-model-card'
import { chooseWeightFiles, type WeightChoice } from '../safetensors/choose-weight-files'
import { readWeights, type WeightFacts } from '../safetensors/read-weights'
import { type Finding, filesWithRoles, type ReadJob } from './finding'
import { ggufNames, inspectGgufFolder } from './inspect-gguf'
import { type FolderFile, listModelFolder } from './list-model-folder'
import { quoteForeign } from './read-fault'

export interface FolderJob extends ReadJob {
  /** The path named this weight file: only it (and its parts) counts as weights. */
  readonly weightFile?: string
  /** The path named this document: its folder is looked at, GGUF files left aside. */
  readonly documentFile?: string
}

const neighbours =
  /^(?:config|params|generation_config|adapter_config|vision_config|quantize_config|quant_config|hf_quant_config|tokenizer_config|sentence_bert_config)\.json$|\.index\.json$|\.gptq_metadata$|^recipe\.ya?ml$/

/** A Hugging Face model folder, a folder of GGUF files, an adapter, or a lone config. */
export function inspectFolder(root: string, job: FolderJob): Result<Finding> {
  const listing = listModelFolder(root)
  if (!listing.ok) return listing
  const { documentFile } = job
  const isForeignDocument = documentFile !== undefined && !neighbours.test(documentFile)
  const files = isForeignDocument
    ? listing.value.files.filter((file) => file.path === documentFile)
    : listing.value.files
  const choice = chooseFor(files, job)
  const isGgufFolder = choice.format === 'none' && documentFile === undefined && ggufNames(files).length > 0
  const found = isGgufFolder
    ? inspectGgufFolder(root, files, job.readHeader)
    : inspectTransformers(root, { files, choice, ...(isForeignDocument && { mainConfig: documentFile }) })
  const broken = listing.value.broken.slice(0, 10).map((entry) => `Not looked at: ${quoteForeign(entry, 200)}`)
  if (!found.ok) return found.error.code === 'UNKNOWN_FORMAT' ? withBroken(found.error, broken) : found
  return ok({ ...found.value, warnings: [...found.value.warnings, ...listing.value.warnings, ...broken] })
}

/** A folder seems empty, or without a model, when the file that matters cannot be looked at: then that is the reason. */
function withBroken(error: HeadroomError, broken: readonly string[]): Result<never> {
  if (broken.length === 0) return { ok: false, error }
  const message = `This folder holds no model that can be read. ${broken.join('; ')}`
  return { ok: false, error: { ...error, message } }
}

function chooseFor(files: readonly FolderFile[], { weightFile }: FolderJob): WeightChoice {
  if (weightFile === undefined) return chooseWeightFiles(files)
  const shard = parseShardName(weightFile)
  const own = files.filter(({ path }) => {
    const other = parseShardName(path)
    return path === weightFile || (shard !== undefined && other?.base === shard.base && other.count === shard.count)
  })
  const chosen = chooseWeightFiles(own)
  const known = new Set([...chosen.files, ...chosen.adapters])
  // A name that no loader would pick up is still what the user asked about.
  return known.size > 0 ? chosen : { ...chosen, format: 'pytorch', files: own.map((file) => file.path) }
}

interface FolderParts {
  readonly files: readonly FolderFile[]
  readonly choice: WeightChoice
  readonly mainConfig?: string | undefined
}

function inspectTransformers(root: string, { files, choice, mainConfig }: FolderParts): Result<Finding> {
  const names = new Set(files.map((file) => file.path))
  const config = readConfigFiles(root, names, mainConfig)
  if (config.configError !== undefined) return { ok: false, error: config.configError }
  const read = readWeights(root, files, choice)
  const isOptional = !read.ok && choice.files.length === 0 && config.sources.config !== undefined
  if (!read.ok && !isOptional) return read
  const weights: WeightFacts = read.ok
    ? read.value
    : {
        weightFiles: [],
        adapterFiles: [],
        warnings: [`${quoteForeign(choice.index ?? '')} was not used: ${read.error.message}`],
      }
  const format = formatOf({ choice, config, weights })
  if (format === 'unknown') return noModel(root, files)
  const sources: RawSources = { ...config.sources, ...(weights.facts !== undefined && { safetensors: weights.facts }) }
  return ok({
    format,
    sources,
    files: filesWithRoles(files, rolesOf(files, choice, weights)),
    warnings: [...config.warnings, ...weights.warnings, ...baseModelHints(root, { format, names, sources })],
  })
}

function formatOf(found: {
  readonly choice: WeightChoice
  readonly config: ConfigFiles
  readonly weights: WeightFacts
}): InspectionFormat {
  const { choice, config, weights } = found
  const hasWeights = weights.facts !== undefined || weights.weightFiles.length > 0
  if (hasWeights) return choice.format === 'pytorch' ? 'pytorch' : 'safetensors'
  const isAdapter = weights.adapterFiles.length > 0 || choice.adapters.length > 0
  if (config.sources.config === undefined && (isAdapter || config.sources.adapterConfig !== undefined)) return 'adapter'
  const { quantizationConfigs, config: main, visionConfig, generationConfig } = config.sources
  return (main ?? quantizationConfigs ?? visionConfig ?? generationConfig) ? 'config' : 'unknown'
}

function rolesOf(files: readonly FolderFile[], choice: WeightChoice, weights: WeightFacts): Map<string, string> {
  const roles = new Map<string, string>()
  for (const { path } of files) {
    if (/\.gguf$/i.test(path)) roles.set(path, 'duplicate')
  }
  for (const name of choice.duplicates) roles.set(name, 'duplicate')
  for (const name of weights.weightFiles) roles.set(name, 'weights')
  for (const name of [...choice.adapters, ...weights.adapterFiles]) roles.set(name, 'adapter')
  return roles
}

function noModel(root: string, files: readonly FolderFile[]): Result<never> {
  const what = files.length === 0 ? 'This folder is empty.' : 'This folder holds no model that is known here.'
  return fail('UNKNOWN_FORMAT', what, {
    hint: 'Choose a folder with a config.json, safetensors or GGUF files.',
    path: root,
  })
}

/** A folder without a config of its own: where the config can be found. */
function baseModelHints(
  root: string,
  {
    format,
    names,
    sources,
  }: { readonly format: InspectionFormat; readonly names: ReadonlySet<string>; readonly sources: RawSources },
): string[] {
  if (sources.config !== undefined) return []
  const bases = [adapterBase(sources), ...cardBases(root, names)].filter((base) => base !== undefined)
  const unique = [...new Set(bases)].slice(0, 4).map((base) => quoteForeign(base))
  if (unique.length === 0) return format === 'adapter' ? ['This is an adapter; its base model is not stated.'] : []
  const what = format === 'adapter' ? 'This is an adapter' : 'This folder has no config.json'
  return [
    `${what}; its base model is ${unique.join(', ')}. Name a folder with the base model's config.json (--support-dir).`,
  ]
}

function adapterBase({ adapterConfig }: RawSources): string | undefined {
  const json = adapterConfig?.json
  const base = json !== undefined && isJsonObject(json) ? ownValue(json, 'base_model_name_or_path') : undefined
  return typeof base === 'string' && base !== '' ? base : undefined
}

function cardBases(root: string, names: ReadonlySet<string>): readonly string[] {
  const card = ['README.md', 'readme.md'].find((name) => names.has(name))
  if (card === undefined) return []
  const bases = readCardBaseModels(root, card)
  // The card is prose for people; when it cannot be read there is just no hint.
  return bases.ok ? bases.value : []
}
