import { join } from 'node:path'
import { type RepoFile } from '#shared/hub/variants'
import { parseShardName } from '#shared/library/detect-format'
import { configLimits, indexLimits, tokenizerLimits } from '../config/read-document'
import { writeHeaderFile } from '../files/header-file'
import { ggufLimits } from '../gguf/limits'
import { readGgufPrefix } from '../gguf/read-gguf-header'
import { type HubClient } from './client'
import { fileUrl } from './file-url'
import { inParallel } from './in-parallel'
import { RemotePrefix } from './read-prefix'

const KIB = 1024
const MIB = 1024 * KIB
/** Covers the header of most models in one request. */
const GGUF_PREFIX = 8 * MIB
/** A later shard has no vocabulary, only its table of tensors. */
const LATER_SHARD_PREFIX = 256 * KIB
const SAFETENSORS_PREFIX = 128 * KIB
/** The reference implementation refuses longer headers; the reader says so. */
const SAFETENSORS_HEADER = 100_000_000
const CONNECTIONS = 8

/** Documents that the readers of a model folder look into, with the reader's own size limit. */
const DOCUMENTS: readonly { readonly name: RegExp; readonly maxBytes: number }[] = [
  { name: /(?:^|\/)[^/]+\.safetensors\.index\.json$/, maxBytes: indexLimits.maxBytes },
  { name: /(?:^|\/)tokenizer_config\.json$/, maxBytes: tokenizerLimits.maxBytes },
  {
    name: /(?:^|\/)(?:config|params|generation_config|adapter_config|vision_config|quantize_config|quant_config|hf_quant_config|sentence_bert_config)\.json$/,
    maxBytes: configLimits.maxBytes,
  },
  { name: /\.gptq_metadata$|(?:^|\/)recipe\.ya?ml$/, maxBytes: MIB },
  { name: /^readme\.md$/i, maxBytes: 4 * MIB },
]

export interface HeaderFolderRequest {
  readonly client: HubClient
  readonly repository: { readonly id: string; readonly commit: string }
  /** Files that are to stand in the folder; those beyond `headers` only with their size. */
  readonly files: readonly RepoFile[]
  /** Paths of weight files whose headers count. */
  readonly headers: ReadonlySet<string>
  readonly root: string
  readonly signal: AbortSignal
}

/**
 * Makes a folder that looks to a reader of headers like the downloaded repository: documents in full, of weight files
 * the header, everything at its true size. Throws HubError and system errors.
 */
export async function writeHeaderFolder(request: HeaderFolderRequest): Promise<void> {
  await inParallel(request.files, CONNECTIONS, async (file) => {
    const prefix = await prefixOf(file, request)
    await writeHeaderFile(join(request.root, ...file.path.split('/')), prefix, file.bytes)
  })
}

async function prefixOf(file: RepoFile, { client, repository, headers, signal }: HeaderFolderRequest) {
  const remote = new RemotePrefix(client, { url: fileUrl(client, repository, file.path), bytes: file.bytes, signal })
  const document = DOCUMENTS.find(({ name }) => name.test(file.path))
  if (document !== undefined) return file.bytes <= document.maxBytes ? remote.read(file.bytes) : new Uint8Array()
  if (!headers.has(file.path)) return new Uint8Array()
  if (/\.gguf$/i.test(file.path)) return ggufPrefix(file, remote)
  return /\.safetensors$/i.test(file.path) ? safetensorsPrefix(remote) : remote.read(512)
}

/** As much as our own reader needs; whether it is a good header is for the reader in the worker to say. */
async function ggufPrefix(file: RepoFile, remote: RemotePrefix): Promise<Uint8Array> {
  const shard = parseShardName(file.path.slice(file.path.lastIndexOf('/') + 1))
  let prefix = await remote.read(shard !== undefined && shard.index > 1 ? LATER_SHARD_PREFIX : GGUF_PREFIX)
  for (;;) {
    const header = readGgufPrefix(prefix, file.bytes)
    const isComplete = header.ok !== 'more' || prefix.length >= Math.min(file.bytes, ggufLimits.headerBytes)
    if (isComplete) return prefix
    prefix = await remote.read(Math.min(ggufLimits.headerBytes, Math.max(header.neededBytes, prefix.length * 2)))
  }
}

async function safetensorsPrefix(remote: RemotePrefix): Promise<Uint8Array> {
  const start = await remote.read(SAFETENSORS_PREFIX)
  if (start.length < 8) return start
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true)
  return length > BigInt(SAFETENSORS_HEADER) ? start : remote.read(Math.max(start.length, 8 + Number(length)))
}
