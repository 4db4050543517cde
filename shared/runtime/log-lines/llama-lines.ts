import { readDecimal } from './clean-line'
import { ALL_DEVICES, type LlamaRecord } from './llama-record'

interface LlamaRule {
  readonly pattern: RegExp
  apply(record: LlamaRecord, match: RegExpExecArray): void
}

/** Lines of a context: nothing else that is called `n_ctx` or `n_batch` (slots, projectors) may be taken for it. */
const CONTEXT = String.raw`\bllama_(?:context|init_from_model|new_context_with_model):\s+`
/** A device; bounded, since a line of one endless word would be tried from every letter on. */
const DEVICE = String.raw`(\S{1,100})`
/** A figure in MiB; a comma before the last digits is a decimal comma in some locales. */
const F = String.raw`([\d.,]+)`
const re = (source: string, flags = ''): RegExp =>
  new RegExp(source.replaceAll('{F}', F).replaceAll('{D}', DEVICE), flags)

function put(map: Map<string, number>, key: string, text: string | undefined): void {
  const value = readDecimal(text)
  // Devices come from the log: a flood of invented ones is not a machine.
  if (value !== undefined && value >= 0 && (map.has(key) || map.size < 256)) map.set(key, value)
}

/** The buffer of one device; zeros come from a run that only measures. */
function putBuffer(
  record: LlamaRecord,
  map: Map<string, number>,
  [key, text]: readonly [string, string | undefined],
): void {
  put(map, key, text)
  if ((map.get(key) ?? 0) > 0) record.noteBuffer()
}

function contextFact(record: LlamaRecord, key: string, text: string | undefined): void {
  const value = readDecimal(text)
  if (value !== undefined && value > 0) record.context.facts.set(key, value)
}

/** Words without which no line says anything here: most lines of a log that runs for months are passed over by them. */
const TELLING =
  /buffer|n_ctx|n_seq_max|n_u?batch|flash.attn|flash attention|kv cache|kv self|cells|S \(f|general\.|f(?:ile )?type|vram|required|memory|model size|device|MiB|model loaded|listening|idle|build|fail|error|out_?of_?|insufficient|offloaded|unable|n_slots/i

export function isTelling(text: string): boolean {
  return TELLING.test(text)
}

/** Lines of llama.cpp, from the first GGUF builds to today; the prefixes changed, the figures did not. */
export const llamaRules: readonly LlamaRule[] = [
  {
    // `build: 8054 (hash)`, `main: build = 3083 (hash)`, `build info | tid="..." build=3091`, `build_info: b9265-hash`
    pattern:
      /(?:^|main: |\s)build(?::| =) (\d+) \(|\bbuild info(?: \|.*\bbuild=|","build":)(\d+)\b|\bbuild_info: b?(\d+)-[0-9a-f]/,
    apply: (record, match) => void record.facts.set('engine_version', `b${match[1] ?? match[2] ?? match[3] ?? ''}`),
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
    pattern: re(String.raw`\b(?:llm_)?load_tensors:\s+{D}(?: model)? buffer size\s*=\s*{F} Mi?B`),
    apply: (record, match) => putBuffer(record, record.model, [`|${match[1] ?? ''}`, match[2]]),
  },
  {
    // 2023: two sums instead of devices
    pattern: re(String.raw`\bllm_load_tensors:\s+(VRAM used|mem required|system memory used)\s*[:=]\s*{F} Mi?B`),
    apply: (record, match) => putBuffer(record, record.model, [match[1] === 'VRAM used' ? '|VRAM' : '|CPU', match[2]]),
  },
  {
    pattern: /offloaded (\d+)\/(\d+) layers to GPU/,
    apply(record, match) {
      record.facts.set('offloaded_layers', Number(match[1]))
      record.facts.set('total_layers', Number(match[2]))
    },
  },
  {
    pattern: new RegExp(`${CONTEXT}(?:constructing llama_context|n_seq_max|n_ctx)\\b`),
    apply(record, match) {
      // Old builds do not announce a context; the first of its lines does.
      const isAnnounced = match[0].includes('constructing')
      const hasBuffers = record.context.cache.size + record.context.compute.size > 0
      if (isAnnounced || hasBuffers) record.startContext()
    },
  },
  {
    pattern: new RegExp(String.raw`${CONTEXT}n_ctx\s+= (\d+)`),
    apply: (record, match) => contextFact(record, 'runtime_context_tokens', match[1]),
  },
  {
    pattern: new RegExp(String.raw`${CONTEXT}n_ctx(?:_per)?_seq\s+= (\d+)`),
    apply: (record, match) => contextFact(record, 'context_per_slot_tokens', match[1]),
  },
  {
    pattern: new RegExp(String.raw`${CONTEXT}n_seq_max\s+= (\d+)`),
    apply: (record, match) => contextFact(record, 'runtime_max_batch_size', match[1]),
  },
  {
    pattern: new RegExp(String.raw`${CONTEXT}n_batch\s+= (\d+)`),
    apply: (record, match) => contextFact(record, 'n_batch', match[1]),
  },
  {
    pattern: new RegExp(String.raw`${CONTEXT}n_ubatch\s+= (\d+)`),
    apply: (record, match) => contextFact(record, 'n_ubatch', match[1]),
  },
  {
    // The server's own words for slots, where the context is silent about them
    pattern: /\binitializing(?: slots)?, n_slots = (\d+), n_ctx_slot = (\d+)/,
    apply(record, match) {
      const main = record.mainContext ?? record.context
      if (!main.facts.has('runtime_max_batch_size')) main.facts.set('runtime_max_batch_size', Number(match[1]))
      if (!main.facts.has('context_per_slot_tokens')) main.facts.set('context_per_slot_tokens', Number(match[2]))
    },
  },
  {
    pattern: new RegExp(String.raw`${CONTEXT}flash_attn\s+= (\w+)`),
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
    pattern: re(String.raw`(?<!\S){D} KV buffer size\s*=\s*{F} MiB`),
    apply: (record, match) =>
      putBuffer(record, record.context.cache, [`${record.cachePart}|${match[1] ?? ''}`, match[2]]),
  },
  {
    pattern: re(String.raw`(?<!\S){D} RS buffer size\s*=\s*{F} MiB`),
    apply: (record, match) => putBuffer(record, record.context.state, [`|${match[1] ?? ''}`, match[2]]),
  },
  {
    // The same bytes once more.
    pattern: re(String.raw`size =\s*{F} MiB \(.*\), R \(\w+\):\s*{F} MiB, S \(\w+\):\s*{F} MiB`),
    apply: (record, match) => put(record.context.stateSummary, `|${ALL_DEVICES}`, match[1]),
  },
  {
    // The same bytes once more, with the types.
    pattern: re(String.raw`KV self size\s+=\s+{F} Mi?B(?:, K \((\w+)\):\s+{F} MiB, V \((\w+)\):\s+{F} MiB)?`, 'i'),
    apply(record, match) {
      put(record.context.summary, `${record.cachePart}|${ALL_DEVICES}`, match[1])
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
      put(record.context.summary, `${record.cachePart}|${ALL_DEVICES}`, match[1])
      setTypes(record, match[6], match[8])
    },
  },
  {
    pattern: re(String.raw`(?<!\S)(?=\S)(?<!_compute_meta:\s{0,40}){D}\s{1,40}compute buffer size\s*=\s*{F} MiB`),
    apply: (record, match) => putBuffer(record, record.context.compute, [`|${match[1] ?? ''}`, match[2]]),
  },
  {
    // 2023
    pattern: re(String.raw`compute buffer total size\s*=\s*{F} Mi?B`),
    apply: (record, match) => put(record.context.compute, '|CPU', match[1]),
  },
  {
    pattern: re(String.raw`VRAM scratch buffer:\s*{F} Mi?B`),
    apply: (record, match) => put(record.context.compute, '|VRAM', match[1]),
  },
  {
    pattern: re(String.raw`load_hparams: model size:\s+{F} MiB`),
    apply(record, match) {
      const mib = readDecimal(match[1])
      if (mib !== undefined) record.facts.set('vision_gib', Math.round((mib / 1024) * 1e4) / 1e4)
    },
  },
  {
    pattern: re(String.raw`(?:alloc|reserve)_compute_meta:\s+{D} compute buffer size\s*=\s*{F} MiB`),
    apply(record, match) {
      const mib = readDecimal(match[2])
      if (mib !== undefined && match[1] !== 'CPU') record.facts.set('vision_compute_mib', mib)
    },
  },
  {
    // `using device Vulkan0 (AMD Radeon RX 7700 XT (RADV NAVI32)) (0000:03:00.0) - 12059 MiB free`; the first one counts
    pattern: /using device (\S+)\s+\((.*?)\)(?: \((?:[\w:.]+|unknown id)\))? - (\d+) MiB free/,
    apply(record, match) {
      if (record.facts.has('gpu_name')) return
      record.facts.set('gpu_name', (match[2] ?? '').slice(0, 200))
      record.facts.set('gpu_free_at_start_mib', Number(match[3]))
    },
  },
  {
    // Breakdown: total = free + (self = model + context + compute) + unaccounted. Before the load it is a projection,
    // which knows the size of the card and nothing that is used yet; at the end it is what was used.
    pattern: /\|\s+- (\S+).*\|\s*(\d+) =\s*(\d+) \+ \(\s*(\d+) =\s*(\d+) \+\s*(\d+) \+\s*(\d+)\) \+\s*(-?\d+)/,
    apply(record, match) {
      record.firstCard ??= match[1]
      if (match[1] !== record.firstCard) return
      const gib = (mib: string | undefined): number => Math.round((Number(mib) / 1024) * 100) / 100
      const used = record.isComplete ? { used: gib(match[4]) } : {}
      record.facts.set('gpu_memory_gib', { index: 0, ...used, total: gib(match[2]) })
    },
  },
  {
    // Not "HTTP server listening": old servers listen before they load.
    pattern: /\bmodel loaded(?: \||$)|server is listening on|all slots are idle/,
    apply(record) {
      record.isReady = true
    },
  },
]

function setTypes(record: LlamaRecord, keys: string | undefined, values: string | undefined): void {
  if (keys !== undefined) record.context.facts.set('kv_cache_dtype', keys)
  if (values !== undefined && values !== keys) record.context.facts.set('kv_cache_dtype_v', values)
}

/** The load may still go on: on the next smaller try, without pinned memory, with fewer layers. */
const troubles: readonly (readonly [string, RegExp])[] = [
  ['cuda_oom', /(?:cuda|hip)Malloc failed: out of memory|ErrorOutOfDeviceMemory|OUT_OF_DEVICE_MEMORY/],
  ['cuda_oom', /failed to allocate .*buffer|Device memory allocation of size \d+ failed/],
  ['no_available_memory', /failed to fit params to (?:free )?device memory|insufficient memory/i],
]
const ends: readonly (readonly [string, RegExp])[] = [
  ['load_failed', /error loading model: .+|error: (?:failed|unable) to load model|exiting due to model loading error/],
  ['load_failed', /\bfailed to load model,|llama_load_model_from_file: failed to load model/],
  ['context_failed', /failed to initialize the context|failed to create (?:llama_)?context/],
]

/** Notes what goes wrong before the model serves; true when the line says nothing else. */
export function readLlamaFailure(record: LlamaRecord, text: string): boolean {
  if (record.isReady) return false
  const kindOf = (list: typeof troubles): string | undefined => list.find(([, pattern]) => pattern.test(text))?.[0]
  const sentence = text.trim().slice(0, 1000)
  const end = kindOf(ends)
  if (end !== undefined) {
    // "error loading model: unable to allocate CUDA0 buffer" says both.
    record.noteEnd({ kind: kindOf(troubles) ?? end, sentence })
    return true
  }
  const trouble = kindOf(troubles)
  if (trouble !== undefined) record.noteTrouble({ kind: trouble, sentence })
  return trouble !== undefined
}
