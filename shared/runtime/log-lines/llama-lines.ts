import { readDecimal } from './clean-line'
import { type LlamaRecord } from './llama-record'

interface LlamaRule {
  readonly pattern: RegExp
  apply(record: LlamaRecord, match: RegExpExecArray): void
}

/** A figure in MiB; a comma before the last digits is a decimal comma in some locales. */
const F = String.raw`([\d.,]+)`
const re = (source: string, flags = ''): RegExp => new RegExp(source.replaceAll('{F}', F), flags)

function put(map: Map<string, number>, key: string, text: string | undefined): void {
  const value = readDecimal(text)
  // Devices come from the log: a flood of invented ones is not a machine.
  if (value !== undefined && value >= 0 && (map.has(key) || map.size < 256)) map.set(key, value)
}

function contextFact(record: LlamaRecord, key: string, text: string | undefined): void {
  const value = readDecimal(text)
  if (value !== undefined && value > 0) record.context.facts.set(key, value)
}

/** Lines of llama.cpp, from the first GGUF builds to today; the prefixes changed, the figures did not. */
export const llamaRules: readonly LlamaRule[] = [
  {
    pattern: /^(?:main: )?build(?::| =) (\d+) \(/,
    apply: (record, match) => void record.facts.set('engine_version', `b${match[1] ?? ''}`),
  },
  { pattern: /llama_model_loader: loaded meta data with/, apply: (record) => void record.startModel() },
  {
    pattern: /llama_model_loader: - kv\s+\d+:\s+general\.(?:name|basename) str\s+= (.+)$/,
    apply(record, match) {
      record.name = `${record.name ?? ''} ${match[1] ?? ''}`.trim().slice(0, 300)
    },
  },
  {
    pattern: /print_info: file type\s+= (.+)$|llm_load_print_meta: model ftype\s+= (.+)$/,
    apply(record, match) {
      const words = (match[1] ?? match[2] ?? '').trim().toLowerCase()
      const short = words.replace(/ - (small|medium|large)$/, (_, size: string) => `_${size[0] ?? ''}`)
      if (/^[a-z0-9_]+$/.test(short)) record.facts.set('quantization', short)
    },
  },
  {
    pattern: re(String.raw`^(?:llm_)?load_tensors:\s+(\S+)(?: model)? buffer size\s*=\s*{F} Mi?B`),
    apply: (record, match) => put(record.model, `|${match[1] ?? ''}`, match[2]),
  },
  {
    pattern: /offloaded (\d+)\/(\d+) layers to GPU/,
    apply(record, match) {
      record.facts.set('offloaded_layers', Number(match[1]))
      record.facts.set('total_layers', Number(match[2]))
    },
  },
  {
    pattern:
      /^llama_(?:context|init_from_model|new_context_with_model): (?:constructing llama_context|n_seq_max|n_ctx)\b/,
    apply(record, match) {
      // Old builds do not announce a context; the first of its lines does.
      const isAnnounced = match[0].includes('constructing')
      const hasBuffers = record.context.cache.size + record.context.compute.size > 0
      if (isAnnounced || hasBuffers) record.startContext()
    },
  },
  {
    pattern: /\bn_ctx\s+= (\d+)/,
    apply: (record, match) => contextFact(record, 'runtime_context_tokens', match[1]),
  },
  {
    pattern: /\bn_ctx(?:_per)?_seq\s+= (\d+)/,
    apply: (record, match) => contextFact(record, 'context_per_slot_tokens', match[1]),
  },
  {
    pattern: /\bn_seq_max\s+= (\d+)/,
    apply: (record, match) => contextFact(record, 'runtime_max_batch_size', match[1]),
  },
  { pattern: /\bn_batch\s+= (\d+)/, apply: (record, match) => contextFact(record, 'n_batch', match[1]) },
  { pattern: /\bn_ubatch\s+= (\d+)/, apply: (record, match) => contextFact(record, 'n_ubatch', match[1]) },
  {
    pattern: /\bflash_attn\s+= (\w+)/,
    apply: (record, match) => void record.context.facts.set('flash_attention', match[1] ?? ''),
  },
  {
    pattern: /Flash Attention was auto, set to (\w+)/,
    apply: (record, match) => void record.context.facts.set('flash_attention', match[1] ?? ''),
  },
  {
    pattern: /creating\s+(non-SWA|SWA)\s+KV cache/,
    apply(record, match) {
      record.cachePart = match[1] ?? ''
    },
  },
  {
    pattern: re(String.raw`(\S+) KV buffer size\s*=\s*{F} MiB`),
    apply: (record, match) => put(record.context.cache, `${record.cachePart}|${match[1] ?? ''}`, match[2]),
  },
  {
    pattern: re(String.raw`(\S+) RS buffer size\s*=\s*{F} MiB`),
    apply: (record, match) => put(record.context.state, `|${match[1] ?? ''}`, match[2]),
  },
  {
    // The same bytes once more, with the types.
    pattern: re(String.raw`KV self size\s+=\s+{F} Mi?B(?:, K \((\w+)\):\s+{F} MiB, V \((\w+)\):\s+{F} MiB)?`, 'i'),
    apply(record, match) {
      put(record.context.summary, `${record.cachePart}|all`, match[1])
      setTypes(record, match[2], match[4])
    },
  },
  {
    pattern: re(String.raw`c\^KV \((\w+)\):\s+{F} MiB`),
    apply: (record, match) => setTypes(record, match[1], undefined),
  },
  {
    pattern: re(
      String.raw`size =\s*{F} MiB \(\s*(\d+) cells,\s*(\d+) layers,\s*(\d+)(?:/(\d+))? seqs\), ` +
        String.raw`K \((\w+)\):\s*{F} MiB, V \((\w+)\):\s*{F} MiB`,
    ),
    apply(record, match) {
      put(record.context.summary, `${record.cachePart}|all`, match[1])
      setTypes(record, match[6], match[8])
    },
  },
  {
    pattern: re(String.raw`^(?!alloc_compute_meta|reserve_compute_meta).*?(\S+)\s+compute buffer size\s*=\s*{F} MiB`),
    apply: (record, match) => put(record.context.compute, `|${match[1] ?? ''}`, match[2]),
  },
  {
    pattern: re(String.raw`load_hparams: model size:\s+{F} MiB`),
    apply(record, match) {
      const mib = readDecimal(match[1])
      if (mib !== undefined) record.facts.set('vision_gib', Math.round((mib / 1024) * 1e4) / 1e4)
    },
  },
  {
    pattern: re(String.raw`(?:alloc|reserve)_compute_meta:\s+(\S+) compute buffer size\s*=\s*{F} MiB`),
    apply(record, match) {
      const mib = readDecimal(match[2])
      if (mib !== undefined && match[1] !== 'CPU') record.facts.set('vision_compute_mib', mib)
    },
  },
  {
    pattern: /using device (\S+)\s+\((.*?)\).*- (\d+) MiB free/,
    apply(record, match) {
      if (!record.facts.has('gpu_name')) record.facts.set('gpu_name', (match[2] ?? '').slice(0, 200))
      record.facts.set('gpu_free_at_start_mib', Number(match[3]))
    },
  },
  {
    // Breakdown at the end: total = free + (self = model + context + compute) + unaccounted
    pattern: /\|\s+- (\S+).*\|\s*(\d+) =\s*(\d+) \+ \(\s*(\d+) =\s*(\d+) \+\s*(\d+) \+\s*(\d+)\) \+\s*(-?\d+)/,
    apply(record, match) {
      if (record.facts.has('gpu_memory_gib')) return
      const gib = (mib: string | undefined): number => Math.round((Number(mib) / 1024) * 100) / 100
      record.facts.set('gpu_memory_gib', { index: 0, used: gib(match[4]), total: gib(match[2]) })
    },
  },
  {
    pattern: /\bmodel loaded$|server is listening on|all slots are idle|HTTP server listening/,
    apply(record) {
      record.isReady = true
    },
  },
]

function setTypes(record: LlamaRecord, keys: string | undefined, values: string | undefined): void {
  if (keys !== undefined) record.context.facts.set('kv_cache_dtype', keys)
  if (values !== undefined && values !== keys) record.context.facts.set('kv_cache_dtype_v', values)
}

const failures: readonly (readonly [string, RegExp])[] = [
  ['cuda_oom', /cudaMalloc failed: out of memory|ErrorOutOfDeviceMemory|failed to allocate .*buffer/],
  ['no_available_memory', /failed to fit params to free device memory|insufficient memory/i],
  ['load_failed', /error loading model: .+|error: failed to load model|exiting due to model loading error/],
  ['context_failed', /failed to initialize the context|failed to create (?:llama_)?context/],
]

/** Notes why a load ended; the first cause counts. */
export function readLlamaFailure(record: LlamaRecord, text: string): boolean {
  if (record.isReady) return false
  const found = failures.find(([, pattern]) => pattern.test(text))
  if (found === undefined) return false
  record.failure ??= { kind: found[0], sentence: text.trim().slice(0, 1000) }
  return true
}
