import { readNumber } from './clean-line'
import { parsePythonDict } from './python-dict'
import { type VllmRecord } from './vllm-record'
import {
  applyConfig,
  applyNamespace,
  pushNumber,
  put,
  re,
  round,
  set,
  setKvType,
  setText,
  setTotal,
} from './vllm-values'

/** One vLLM log line without prefixes: its text, and the rank that printed it. */
export interface VllmLine {
  readonly text: string
  readonly rank: string
}

export interface VllmRule {
  readonly pattern: RegExp
  apply(record: VllmRecord, match: RegExpExecArray, line: VllmLine): void
}

/** Facts by line; numbers in the comments are those of the list of log lines in the design. */
export const vllmRules: readonly VllmRule[] = [
  {
    // 2: the arguments as the server understood them
    pattern: /non-default args: (\{.*\})/,
    apply(record, match) {
      record.args = parsePythonDict(match[1] ?? '')
      const dtype = record.args?.['kv_cache_dtype']
      if (typeof dtype === 'string') record.facts.set('configured_kv_cache_dtype', dtype)
    },
  },
  {
    // 2, up to about 0.8: every argument, set or not, so that nothing but the figures is taken
    pattern: /\bargs: Namespace\((.*)\)/,
    apply: (record, match) => applyNamespace(record, match[1] ?? ''),
  },
  {
    // 1 and 3: the engine and its effective configuration
    pattern: /Initializing an? (?:V[01] )?LLM engine (?:\(v([^)]+)\) )?with config: (.*)/,
    apply(record, match) {
      if (match[1] !== undefined) record.facts.set('engine_version', match[1])
      applyConfig(record, match[2] ?? '')
    },
  },
  {
    // The second is the line of the banner; drivers and libraries tell their versions too.
    pattern: /vLLM API server version v?(\d\S*)|[█▄▀].*\bversion v?(\d+\.\d+\S*)/,
    apply(record, match) {
      const version = match[1] ?? match[2]
      if (version !== undefined && !record.facts.has('engine_version')) record.facts.set('engine_version', version)
    },
  },
  {
    // 4: a second line belongs to a draft model
    pattern: re('Using max model len NUM{END}'),
    apply(record, match) {
      if (!record.facts.has('runtime_context_tokens')) set(record, 'runtime_context_tokens', match[1])
    },
  },
  {
    // 5
    pattern: re('max_num_batched_tokens=NUM{END}'),
    apply: (record, match) => set(record, 'max_num_batched_tokens', match[1]),
  },
  {
    // 6
    pattern: re('Raising max_num_batched_tokens from NUM to NUM{END}'),
    apply: (record, match) => set(record, 'max_num_batched_tokens', match[2]),
  },
  {
    // 9: "GB" of older releases is GiB; "MB" of the oldest is MiB. The same rank loads once.
    pattern: re('(?:Loading model weights|Model loading) took NUM ?(MB|GB|GiB)(?: memory)?(?: and NUM seconds)?'),
    apply(record, match, { rank }) {
      const value = readNumber(match[1])
      if (value === undefined) return
      // A draft model may be announced on its own; the larger figure is the target's.
      const gib = match[2] === 'MB' ? value / 1024 : value
      put(record.weights, rank, String(Math.max(gib, record.weights.get(rank) ?? 0)))
      set(record, 'load_seconds', match[3])
    },
  },
  {
    // 10: V0, everything on one line
    pattern: re('peak_torch_memory=NUMGiB.*?non_torch_memory=NUMGiB.*?kv_cache_size=NUMGiB'),
    apply(record, match, { rank, text }) {
      put(record.nonTorch, rank, match[2])
      put(record.pools, rank, match[3])
      const peak = readNumber(match[1])
      const weights = record.weights.get(rank)
      if (peak !== undefined && weights !== undefined) record.activations.set(rank, round(peak - weights))
      setTotal(record, re('total_gpu_memory=NUMGiB').exec(text)?.[1])
      set(record, 'configured_gpu_memory_utilization', re('gpu_memory_utilization=NUM').exec(text)?.[1])
    },
  },
  {
    // 11
    pattern: re(String.raw`total_gpu_memory \(NUMGiB\) x gpu_memory_utilization \(NUM\)`),
    apply(record, match) {
      setTotal(record, match[1])
      set(record, 'configured_gpu_memory_utilization', match[2])
    },
  },
  {
    // 12
    pattern: re(
      'model weights take NUMGiB; non_torch_memory takes NUMGiB; PyTorch activation peak memory takes NUMGiB; ' +
        'the rest of the memory reserved for KV Cache is NUMGiB',
    ),
    apply(record, match, { rank }) {
      if (!record.weights.has(rank)) put(record.weights, rank, match[1])
      put(record.nonTorch, rank, match[2])
      put(record.activations, rank, match[3])
      put(record.pools, rank, match[4])
    },
  },
  {
    // 13
    pattern: re(String.raw`# \w+ blocks: (\d+){END}(?:, # CPU blocks: (\d+){END})?`),
    apply(record, match) {
      pushNumber(record.blocks, match[1])
      set(record, 'cpu_blocks', match[2])
    },
  },
  {
    // 14, also at the end of a merged line 16
    pattern: re('Maximum concurrency for NUM tokens per request: NUMx'),
    apply(record, match) {
      const known = record.facts.get('max_concurrency')
      const value = readNumber(match[2])
      if (value === undefined || (typeof known === 'number' && known <= value)) return
      record.facts.set('max_concurrency', value)
      set(record, 'max_concurrency_at_tokens', match[1])
    },
  },
  {
    // 15: may be negative before a failure
    pattern: re('Available KV cache memory: NUM Gi?B'),
    apply: (record, match, { rank }) => put(record.pools, rank, match[1]),
  },
  {
    // With --kv-cache-memory-bytes nothing is profiled: the pool is what was asked for.
    pattern: re('reserved NUM GiB memory for KV Cache as specified'),
    apply: (record, match, { rank }) => put(record.pools, rank, match[1]),
  },
  {
    // 29: the same pool once more, to the byte; a log of the end only has no other
    pattern: re('Current kv cache memory in use is NUM (bytes|GiB)'),
    apply(record, match, { rank }) {
      const value = readNumber(match[1])
      if (value === undefined || record.pools.has(rank)) return
      put(record.pools, rank, String(match[2] === 'bytes' ? round(value / 2 ** 30) : value))
    },
  },
  {
    // 16: what is counted changed with 0.21, so the version stands beside it
    pattern: re('GPU KV cache size: NUM tokens'),
    apply: (record, match) => pushNumber(record.tokens, match[1]),
  },
  {
    // 17
    pattern: re(String.raw`after num_gpu_blocks is: (\d+){END}`),
    apply: (record, match) => pushNumber(record.blocks, match[1]),
  },
  {
    // 18: the blocks that are really made
    pattern: /Overriding num_gpu_blocks=\d+ with num_gpu_blocks_override=(\d+)(?![\d(])/,
    apply: (record, match) => pushNumber(record.blocks, match[1]),
  },
  {
    // 45: the context that was found to fit, which the configuration does not know yet
    pattern: re('Auto-fit max_model_len: reduced from NUM to NUM{END}'),
    apply: (record, match) => set(record, 'runtime_context_tokens', match[2]),
  },
  {
    // 20
    pattern: re('Estimated CUDA graph memory: NUM GiB'),
    apply: (record, match) => set(record, 'cuda_graph_estimate_gib', match[1]),
  },
  {
    // 23
    pattern: re('Graph capturing finished in NUM secs?, took NUM GiB'),
    apply: (record, match, { rank }) => put(record.graphs, rank, match[2]),
  },
  {
    // 24
    pattern: re(String.raw`pool memory: NUM GiB \(actual\), NUM GiB \(estimated\)`),
    apply(record, match, { rank }) {
      put(record.graphs, rank, match[1])
      set(record, 'cuda_graph_estimate_gib', match[2])
    },
  },
  {
    // 25
    pattern: re(
      'Actual usage(?: is|:) NUM GiB for weights?, NUM GiB for peak activation, NUM GiB for non-torch memory, ' +
        '(?:and )?NUM GiB for (?:CUDAGraph|NPU graph) memory',
    ),
    apply(record, match, { rank }) {
      if (!record.weights.has(rank)) put(record.weights, rank, match[1])
      put(record.activations, rank, match[2])
      put(record.nonTorch, rank, match[3])
      if (!record.graphs.has(rank)) put(record.graphs, rank, match[4])
    },
  },
  {
    // 26: weights and non-torch in one figure, so only the other two are taken
    pattern: re(
      'Actual usage(?: is|:) NUM GiB for consumed memory[^,]*, NUM GiB for peak activation, ' +
        '(?:and )?NUM GiB for (?:CUDAGraph|NPU graph) memory',
    ),
    apply(record, match, { rank }) {
      put(record.activations, rank, match[2])
      if (!record.graphs.has(rank)) put(record.graphs, rank, match[3])
    },
  },
  {
    // 27
    pattern: re(
      String.raw`Free memory on device(?: \w+:\d+)? \(NUM/NUM GiB\) on startup.{0,60}utilization (?:is )?\(NUM, NUM GiB\)`,
    ),
    apply(record, match) {
      set(record, 'gpu_free_at_start_gib', match[1])
      setTotal(record, match[2])
      set(record, 'configured_gpu_memory_utilization', match[3])
    },
  },
  {
    // Of the card, when an allocation fails (the word was misspelt for years).
    pattern: re('has a total capaci?ty of NUM GiB'),
    apply(record, match) {
      if (!record.facts.has('gpu_memory_gib')) setTotal(record, match[1])
    },
  },
  {
    // 30
    pattern: /Using (\S+) data type to store kv cache/,
    apply: (record, match) => setKvType(record, 2, match[1]),
  },
  {
    // 31: the resolved type, so it wins over all others
    pattern: /resolved query dtypes:.*\bkv_cache_dtype=torch\.(\w+)/,
    apply: (record, match) => setKvType(record, 3, match[1]),
  },
  {
    // 32
    pattern: /Using (?:DeepSeek's (fp8_ds_mla)|standard (fp8)) KV cache format/,
    apply: (record, match) => setKvType(record, 2, match[1] ?? match[2]),
  },
  {
    // 34
    pattern: re('(?:attention|kv cache) block size to NUM{END}'),
    apply: (record, match) => set(record, 'kv_block_size', match[1]),
  },
  {
    // 38
    pattern: re('Encoder cache will be initialized with a budget of NUM tokens'),
    apply: (record, match) => set(record, 'encoder_cache_tokens', match[1]),
  },
  {
    // 40
    pattern: /(Using FlashInfer for top-p|Falling back to the PyTorch-native)/,
    apply: (record, match) =>
      setText(record, 'sampler', match[1]?.startsWith('Using') === true ? 'flashinfer' : 'pytorch'),
  },
  {
    // 41
    pattern: /Using V2 Model Runner/,
    apply: (record) => setText(record, 'model_runner', 'v2'),
  },
  {
    // 43
    pattern: re(String.raw`init engine \(.*?\) took NUM (?:seconds|s)\b`),
    apply(record, match) {
      set(record, 'init_seconds', match[1])
      record.isReady = true
    },
  },
  {
    pattern: /Application startup complete/,
    apply(record) {
      record.isReady = true
    },
  },
]
