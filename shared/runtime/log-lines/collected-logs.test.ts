import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type EngineId } from '#shared/estimator/request'
import { createLogReader } from './create-log-reader'
import { type LogFindings } from './log-reader'

/** Logs as they are found: collected by other programs, cut, of two bytes a letter, from a locale with decimal commas. */
const at = 'INFO 06-01 10:00:0'
const vllmLog = [
  `(APIServer pid=1) ${at}0 [utils.py:253] non-default args: {'model': 'm', 'max_model_len': 8192, 'tensor_parallel_size': 2}`,
  `(EngineCore_DP0 pid=2) ${at}1 [core.py:93] Initializing a V1 LLM engine (v0.13.0) with config: dtype=torch.bfloat16, max_seq_len=8192, tensor_parallel_size=2, kv_cache_dtype=fp8, quantization=None`,
  `(Worker_TP0 pid=3) ${at}2 [gpu_model_runner.py:1] Model loading took 7.5000 GiB memory and 4.0 seconds`,
  `(Worker_TP1 pid=4) ${at}2 [gpu_model_runner.py:1] Model loading took 7.2500 GiB memory and 5.0 seconds`,
  `(Worker_TP0 pid=3) ${at}3 [gpu_worker.py:1] Available KV cache memory: 30.25 GiB`,
  `(Worker_TP1 pid=4) ${at}3 [gpu_worker.py:1] Available KV cache memory: 30.75 GiB`,
  `(EngineCore_DP0 pid=2) ${at}3 [kv_cache_utils.py:1] GPU KV cache size: 1,234,560 tokens`,
  `(EngineCore_DP0 pid=2) ${at}3 [kv_cache_utils.py:1] Maximum concurrency for 8,192 tokens per request: 150.70x`,
  `(Worker_TP0 pid=3) ${at}4 [gpu_model_runner.py:1] Graph capturing finished in 8 secs, took 0.62 GiB`,
  `(EngineCore_DP0 pid=2) ${at}5 [core.py:1] init engine (profile, create kv cache, warmup model) took 12.34 seconds`,
  `(APIServer pid=1) ${at}5 [loggers.py:1] Engine 000: vllm cache_config_info with initialization after num_gpu_blocks is: 77160`,
  '(APIServer pid=1) INFO:     Application startup complete.',
]
const vllmMetrics = {
  weights_gib: 7.5,
  available_kv_gib: 30.25,
  kv_cache_tokens: 1_234_560,
  kv_num_blocks: 77_160,
  max_concurrency: 150.7,
  cuda_graph_gib: 0.62,
  configured_tensor_parallel_size: 2,
  kv_cache_dtype: 'fp8',
}
const llamaLog = [
  'build: 8054 (01d8eaa28) with gcc for Linux x86_64',
  'llama_model_load_from_file_impl: using device Vulkan0 (AMD Radeon RX 7700 XT (RADV NAVI32)) (0000:03:00.0) - 12059 MiB free',
  'llama_model_load_from_file_impl: using device Vulkan1 (Intel Arc) (0000:04:00.0) - 2000 MiB free',
  'llama_model_loader: loaded meta data with 26 key-value pairs and 434 tensors from m.gguf',
  'print_info: file type   = Q4_K - Medium',
  'load_tensors: offloaded 33/33 layers to GPU',
  'load_tensors:   CPU_Mapped model buffer size =   281.81 MiB',
  'load_tensors:      Vulkan0 model buffer size =  4403.49 MiB',
  'llama_context: constructing llama_context',
  'llama_context: n_seq_max     = 4',
  'llama_context: n_ctx         = 32768',
  'llama_context: n_ctx_seq     = 8192',
  'llama_context: n_batch       = 2048',
  'llama_context: flash_attn    = auto',
  'llama_kv_cache:    Vulkan0 KV buffer size =  2176.00 MiB',
  'llama_kv_cache: size = 2176.00 MiB ( 32768 cells,  32 layers,  4/4 seqs), K (q8_0): 1088.00 MiB, V (q8_0): 1088.00 MiB',
  'sched_reserve:    Vulkan0 compute buffer size =   300.75 MiB',
  'sched_reserve: Vulkan_Host compute buffer size =    72.01 MiB',
  'alloc_compute_meta:    Vulkan0 compute buffer size =   248.10 MiB',
  'slot   load_model: id  0 | task -1 | new slot, n_ctx = 8192',
  'srv    load_model: initializing, n_slots = 4, n_ctx_slot = 8192, kv_unified = false',
  'main: model loaded',
  'main: server is listening on http://127.0.0.1:8080',
]
const llamaMetrics = {
  engine_version: 'b8054',
  gpu_name: 'AMD Radeon RX 7700 XT (RADV NAVI32)',
  gpu_free_at_start_mib: 12_059,
  model_buffer_mib: 4403.49,
  kv_mib: 2176,
  compute_mib: 300.75,
  vision_compute_mib: 248.1,
  runtime_context_tokens: 32_768,
  context_per_slot_tokens: 8192,
  runtime_max_batch_size: 4,
  kv_cache_dtype: 'q8_0',
  quantization: 'q4_k_m',
}
const slog = 'time=2026-04-02T14:40:41.852Z level=INFO source=x.go:1'
const ollamaLog = [
  `${slog} msg="Listening on 127.0.0.1:11434 (version 0.13.5)"`,
  `${slog} msg="inference compute" id=GPU-a library=CUDA compute=8.6 name=CUDA0 description="NVIDIA GeForce RTX 3090" total="24.0 GiB" available="23.6 GiB"`,
  `${slog} msg="inference compute" id=GPU-b library=CUDA compute=7.5 name=CUDA1 description="Tesla T4" total="15.0 GiB" available="14.6 GiB"`,
  `${slog} msg="starting runner" cmd="/usr/bin/ollama runner --ollama-engine --port 4100"`,
  `${slog} msg="starting runner" cmd="/usr/bin/ollama runner --ollama-engine --model /home/u/.ollama/models/blobs/sha256-ab --port 4101"`,
  `${slog} msg=load request="{Operation:alloc Parallel:1 KvSize:4096 KvCacheType: NumThreads:8}"`,
  `${slog} msg="model weights" device=CPU size="9.0 GiB"`,
  `${slog} msg=load request="{Operation:commit Parallel:1 KvSize:4096 KvCacheType: NumThreads:8}"`,
  `${slog} msg="model weights" device=CUDA0 size="5.5 GiB"`,
  `${slog} msg="kv cache" device=CUDA0 size="1.0 GiB"`,
  `${slog} msg="compute graph" device=CUDA0 size="512.0 MiB"`,
  `${slog} msg="llama runner started in 4.67 seconds"`,
]
const ollamaMetrics = {
  engine_version: '0.13.5',
  gpu_memory_gib: { index: 0, name: 'NVIDIA GeForce RTX 3090', total: 24 },
  runtime_context_tokens: 4096,
  model_buffer_mib: 5632,
  kv_mib: 1024,
  compute_mib: 512,
  rounded_sizes: true,
}
const logs: readonly (readonly [EngineId, readonly string[], object])[] = [
  ['vllm', vllmLog, vllmMetrics],
  ['llama.cpp', llamaLog, llamaMetrics],
  ['ollama', ollamaLog, ollamaMetrics],
  [
    'ollama',
    [`${slog} msg="using llama-server for model" model=m`, ...llamaLog],
    { kv_mib: 2176, compute_mib: 300.75 },
  ],
]

function read(engine: EngineId, lines: readonly string[], last?: string): LogFindings {
  const reader = createLogReader(engine)
  for (const line of lines) reader.add(line)
  if (last !== undefined) reader.addLast(last)
  return reader.findings()
}

const esc = '\u001b'
const collectors: readonly (readonly [string, (line: string) => string])[] = [
  ['nothing', (line) => line],
  ['docker compose', (line) => `vllm-1  | ${line}`],
  ['docker compose in colour', (line) => `${esc}[36mvllm-1  |${esc}[0m ${esc}[1;36m${line}${esc}[0;0m`],
  ['docker with timestamps', (line) => `2026-06-01T10:00:00.123456789Z ${line}`],
  ['compose with timestamps', (line) => `vllm-1  | 2026-06-01T10:00:00.123456789Z ${line}`],
  ['kubernetes', (line) => `2026-06-01T10:00:00.123456789+02:00 stderr F ${line}`],
  ['kubectl --prefix', (line) => `[pod/vllm-7c9f-x2/server] ${line}`],
  ['journald', (line) => `Jun  1 10:00:00 gpu-box.local engine[4148]: ${line}`],
  ['journald in French', (line) => `oct. 30 00:11:38 jarvis-server ollama[556420]: ${line}`],
  ['journald in Chinese', (line) => `9月 22 13:15:38 gpu ollama[54696]: ${line}`],
  ['journald with its host cut away', (line) => `Sep 24 09:05:29 ollama[6787]: ${line}`],
  ['journald, ISO', (line) => `2026-06-01T10:00:00+0200 gpu-box engine[4148]: ${line}`],
  ['a launcher', (line) => `[2026-06-01 10:00:00,123] ${line}`],
  ['ts', (line) => `[10:00:00] ${line}`],
  ['Windows line ends', (line) => `${line}\r`],
  ['a progress bar before it', (line) => `Loading:  10%|#   | 1/10 [00:01<00:09]\rLoading: 100%|####| 10/10\r${line}`],
  ['two bytes a letter', (line) => [...line].map((letter) => `${letter}\0`).join('')],
  ['two bytes a letter, the other way round', (line) => [...line].map((letter) => `\0${letter}`).join('')],
  ['docker files', (line) => JSON.stringify({ log: `${line}\n`, stream: 'stderr', time: '2026-06-01T10:00:00Z' })],
]

describe.each(logs)('a log of %s', (engine, lines, expected) => {
  it.each(collectors)('says the same through %s', (_what, wrap) => {
    const { start, failure } = read(engine, lines.map(wrap))
    expect(start?.metrics).toMatchObject(expected)
    expect(failure).toBeUndefined()
    expect(start?.metrics).toEqual(read(engine, lines).start?.metrics)
  })

  it('holds nothing but values of whole lines, wherever it is cut', () => {
    expect(cutsOf(engine, lines)).toEqual([])
  })
})

/** Every value of a cut log must be one that the whole lines say, without or with the line that was cut. */
function cutsOf(engine: EngineId, lines: readonly string[], every = 1): readonly string[] {
  const wrong: string[] = []
  for (const [index, line] of lines.entries()) {
    const before = lines.slice(0, index)
    const known = [read(engine, before), read(engine, [...before, line])]
    for (let length = 1; length < line.length; length += every) {
      const cut = read(engine, before, line.slice(0, length))
      for (const [key, value] of Object.entries(cut.start?.metrics ?? {})) {
        const told = known.map((findings) => JSON.stringify(findings.start?.metrics[key]))
        if (!told.includes(JSON.stringify(value)))
          wrong.push(`${line.slice(0, length)}: ${key} ${JSON.stringify(value)}`)
      }
    }
  }
  return wrong
}

describe.each(['vllm', 'llama.cpp', 'ollama'] as const)('%s: a hostile line', (engine) => {
  it.each([
    ['one endless word', 'x'.repeat(65_000)],
    ['the same behind a word that tells', `buffer ${'x'.repeat(65_000)}`],
    ['blanks', `compute${' '.repeat(60_000)}buffer size = 1`],
    ['quotes', `time=2026-01-01T00:00:00Z level=INFO ${'"'.repeat(65_000)}`],
    ['a key without end', `time=2026-01-01T00:00:00Z level=INFO ${'a'.repeat(65_000)}`],
    ['brackets', `non-default args: {${"'a': [".repeat(9000)}}`],
  ])('of %s is read at once', (_what, line) => {
    const reader = createLogReader(engine)
    // Read letter by letter from every letter on, ten of them would take minutes.
    for (let count = 0; count < 10; count += 1) reader.add(line)
    reader.addLast(line)
    expect(reader.findings()).toEqual({})
  })
})

const folder = new URL('../../../../shared/data/logs/', import.meta.url)
describe.skipIf(!existsSync(folder))('real logs (shared data folder beside the project), cut', () => {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.log')) : []
  it.each(files)('%s', (name) => {
    const engine = /^(vllm|llama\.cpp|ollama)/.exec(name)?.[1] ?? 'vllm'
    const lines = readFileSync(new URL(name, folder), 'utf8').split('\n')
    // Lines that carry figures, a few of each kind: reading the whole log again for every cut takes too long.
    const telling = lines.filter((line) => /\d/.test(line) && /GiB|MiB|tokens|n_ctx|blocks|engine \(|msg=/.test(line))
    expect(cutsOf(engine as EngineId, telling.slice(-15), 13)).toEqual([]) // the pattern names engines only
  })
})
