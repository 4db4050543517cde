import { join } from 'node:path'
import { type SafetensorsFacts } from '#shared/architecture/raw'
import { createTally, factsFromIndex, finishTally, tallyTensor } from '#shared/architecture/tally-safetensors'
import { ok, type Result } from '#shared/domain/result'
import { isAdapterTensor } from '#shared/library/detect-format'
import { type FolderFile } from '../library/list-model-folder'
import { incompleteModel, missingShards } from '../library/missing-shards'
import { quoteForeign } from '../library/read-fault'
import { type WeightChoice } from './choose-weight-files'
import { readWeightIndex, type WeightIndex } from './read-index'
import { readSafetensorsHeader } from './read-safetensors-header'

export interface WeightFacts {
  /** Absent when nothing is known about the weights, or when they are an adapter. */
  readonly facts?: SafetensorsFacts
  readonly weightFiles: readonly string[]
  /** Files that turned out to hold only adapter tensors. */
  readonly adapterFiles: readonly string[]
  readonly warnings: readonly string[]
}

/** Reads the weights that `choice` names: all headers when the shards are there, else what the index states. */
export function readWeights(root: string, files: readonly FolderFile[], choice: WeightChoice): Result<WeightFacts> {
  if (choice.index === undefined) {
    if (choice.format === 'pytorch') return ok(pytorchWithoutIndex(files, choice))
    const missing = missingShards(choice.files)
    if (missing.length > 0) return incompleteModel(root, missing)
    const bad = choice.files.length === 0 ? firstBadAdapter(root, choice.adapters) : undefined
    return bad ?? readHeaders(root, { file: choice.files[0] ?? '', shardFiles: choice.files })
  }
  const index = readWeightIndex(root, choice.index)
  if (!index.ok) return choice.files.length > 0 ? readDespiteIndex(root, choice, index.error.message) : index
  const present = new Set(files.map((file) => file.path))
  const missing = index.value.shardFiles.filter((shard) => !present.has(shard))
  if (missing.length === index.value.shardFiles.length) return ok(indexOnly(index.value))
  if (missing.length > 0) return incompleteModel(root, missing)
  if (choice.format === 'pytorch') return ok({ ...indexOnly(index.value), weightFiles: index.value.shardFiles })
  const read = readHeaders(root, index.value)
  return read.ok ? ok(withIndexCheck(read.value, index.value)) : read
}

/** An adapter that is all there is must at least be whole. */
function firstBadAdapter(root: string, adapters: readonly string[]): Result<never> | undefined {
  for (const name of adapters.filter((adapter) => adapter.endsWith('.safetensors'))) {
    const header = readSafetensorsHeader(join(root, name), { begin: () => undefined, visit: () => undefined })
    if (!header.ok) return header
  }
  return undefined
}

/** A broken index beside complete shards costs nothing: the headers say more. */
function readDespiteIndex(root: string, choice: WeightChoice, message: string): Result<WeightFacts> {
  const missing = missingShards(choice.files)
  if (missing.length > 0) return incompleteModel(root, missing)
  const read = readHeaders(root, { file: choice.files[0] ?? '', shardFiles: choice.files })
  if (!read.ok) return read
  return ok({
    ...read.value,
    warnings: [...read.value.warnings, `${quoteForeign(choice.index ?? '')} was not used: ${message}`],
  })
}

function indexOnly(index: WeightIndex): WeightFacts {
  const warnings =
    index.totalSize === undefined ? [`${quoteForeign(index.file)} does not state the size of the weights.`] : []
  return {
    facts: factsFromIndex({ ...index, warnings: index.warnings }),
    weightFiles: [],
    adapterFiles: [],
    warnings,
  }
}

function withIndexCheck(read: WeightFacts, index: WeightIndex): WeightFacts {
  const counted = read.facts?.totalBytes
  if (counted === undefined || index.totalSize === undefined || counted === index.totalSize) return read
  const warning = `${quoteForeign(index.file)} states ${index.totalSize} bytes of weights, the files hold ${counted}; the files count.`
  return { ...read, warnings: [...read.warnings, warning] }
}

function readHeaders(
  root: string,
  { file, shardFiles }: { readonly file: string; readonly shardFiles: readonly string[] },
): Result<WeightFacts> {
  const tally = createTally()
  const names = new Set<string>()
  const warnings = new Set<string>()
  const weightFiles: string[] = []
  const adapterFiles: string[] = []
  for (const shard of shardFiles) {
    let tensors: Parameters<typeof tallyTensor>[1][] = []
    const header = readSafetensorsHeader(join(root, shard), {
      begin: () => {
        tensors = []
      },
      visit: (tensor) => tensors.push(tensor),
    })
    if (!header.ok) return header
    for (const warning of header.value.warnings) warnings.add(warning)
    if (tensors.length > 0 && tensors.every((tensor) => isAdapterTensor(tensor.name))) {
      adapterFiles.push(shard)
      continue
    }
    weightFiles.push(shard)
    for (const tensor of tensors) {
      if (names.has(tensor.name))
        warnings.add(`The tensor ${quoteForeign(tensor.name)} is in two files; it was counted once.`)
      else tallyTensor(tally, tensor)
      names.add(tensor.name)
    }
  }
  const bounded = [...warnings].slice(0, 20)
  if (weightFiles.length === 0) return ok({ weightFiles, adapterFiles, warnings: bounded })
  return ok({ facts: finishTally(tally, { file }), weightFiles, adapterFiles, warnings: bounded })
}

/** Pickled files are never opened: loading one can run code. Their sizes are close to, but not, the tensor bytes. */
function pytorchWithoutIndex(files: readonly FolderFile[], choice: WeightChoice): WeightFacts {
  const bytes = files.filter((file) => choice.files.includes(file.path)).reduce((sum, file) => sum + file.bytes, 0)
  return {
    weightFiles: choice.files,
    adapterFiles: [],
    warnings: [`PyTorch files are not opened (that can run code); they take ${bytes} bytes on disk.`],
  }
}
