import { type Json, type JsonObject, ownValue } from '#shared/domain/json'
import { type RegistryEntry, type ValueEdit } from '#shared/domain/registry'

export interface FormatChange {
  readonly name: string
  readonly edits: readonly ValueEdit[]
  readonly changes: readonly { readonly field: string; readonly before: Json; readonly after: Json }[]
}

const FORMATS: ReadonlySet<string> = new Set(['gguf', 'safetensors', 'pytorch'])
/** Words of precision, which older programs wrote where the format belongs; they are no quantisation. */
const PRECISIONS: ReadonlySet<string> = new Set(['fp16', 'f16', 'bf16', 'fp32', 'f32'])
const METHODS: ReadonlySet<string> = new Set(['awq', 'gptq', 'fp8', 'int8', 'int4', 'bitsandbytes', 'nvfp4', 'mxfp4'])

/**
 * One vocabulary for `download_format` (what the files are) and `quantization` (lower case). A method that stood as the
 * format moves to `quantization` where that is empty. Words that are not known stay.
 */
export function normalizeFormats(entries: readonly RegistryEntry[]): readonly FormatChange[] {
  return entries.map(changeOf).filter(({ edits }) => edits.length > 0)
}

function changeOf({ id, value }: RegistryEntry): FormatChange {
  const stored = text(value, 'download_format')
  const word = stored?.trim().toLowerCase()
  const wanted = word === undefined || FORMATS.has(word) ? word : (formatOfFiles(value) ?? word)
  const isMisplaced = word !== undefined && (PRECISIONS.has(word) || METHODS.has(word))
  const format = word === undefined || isMisplaced || FORMATS.has(word) ? wanted : stored
  const quantisation = text(value, 'quantization')
  const moved = quantisation === undefined && word !== undefined && METHODS.has(word) && format !== stored
  const quantization = moved ? word : quantisation?.trim().toLowerCase()
  const changes = [
    { field: 'download_format', before: stored, after: format },
    { field: 'quantization', before: quantisation, after: quantization },
  ].flatMap(({ field, before, after }) =>
    after === undefined || after === before ? [] : [{ field, before: before ?? null, after }],
  )
  return { name: id, changes, edits: changes.map(({ field, after }) => ({ path: [field], value: after })) }
}

function formatOfFiles(value: JsonObject): string | undefined {
  const files = ownValue(value, 'download_files')
  const names = Array.isArray(files) ? (files as readonly Json[]).filter((file) => typeof file === 'string') : []
  if (names.some((name) => /\.gguf$/i.test(name))) return 'gguf'
  if (names.some((name) => /\.safetensors$/i.test(name))) return 'safetensors'
  return names.some((name) => /\.(?:bin|pt|pth)$/i.test(name)) ? 'pytorch' : undefined
}

function text(value: JsonObject, key: string): string | undefined {
  const found = ownValue(value, key)
  return typeof found === 'string' && found.trim() !== '' ? found : undefined
}
