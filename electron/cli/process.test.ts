import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { gpuSchema } from '#shared/domain/hardware'
import { inspectionSchema } from '#shared/domain/inspection'
import { headroomErrorSchema } from '#shared/domain/result'
import { estimateResultSchema, solveResultSchema } from '#shared/estimator/result'
import { migrateReportSchema, reconcileReportSchema } from '#shared/ipc/contract'
import { sampleLibrary } from '#shared/sample/sample-library'
import { startHubServer } from '../../e2e/hub/hub-server'

/** The command line as it is shipped: built once, run as a process. */
const project = fileURLToPath(new URL('../..', import.meta.url))
let program = ''
let built = ''
let folder = ''

beforeAll(async () => {
  built = mkdtempSync(join(tmpdir(), 'headroom-cli-build-'))
  await build({
    root: project,
    configFile: join(project, 'vite.cli.config.ts'),
    logLevel: 'silent',
    build: { outDir: built },
  })
  program = join(built, 'headroom.mjs')
}, 120_000)
afterAll(() => rmSync(built, { recursive: true, force: true }))

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-cli-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface Run {
  readonly status: number | null
  readonly out: string
  readonly err: string
  readonly json: unknown
}

function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  // Nothing of the machine that runs the tests may leak in: no GPU, no registry, no settings.
  return { PATH: '/usr/bin:/bin', HEADROOM_DATA_DIR: join(folder, 'data'), ...more }
}

function headroom(args: readonly string[], more: Readonly<Record<string, string>> = {}): Run {
  const run = spawnSync(process.execPath, [program, ...args], { env: environment(more), encoding: 'utf8', input: '' })
  return { status: run.status, out: run.stdout, err: run.stderr, json: parse(run.stdout) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The sample library as a registry of its own; gives its folder. */
function registry(): string {
  for (const file of sampleLibrary()) {
    const path = join(folder, 'library', file.path)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, file.text)
  }
  return join(folder, 'library', 'registry')
}

function filesOf(path: string): Record<string, string> {
  const names = readdirSync(path).filter((name) => /^model_registry(\.curated|\.discovered)?\.json$/.test(name))
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(path, name), 'utf8')]))
}

function errorOf(run: Run) {
  return headroomErrorSchema.parse((run.json as { error: unknown }).error)
}

describe('usage', () => {
  it.each([
    [['--help'], 0],
    [['estimate', '--help'], 0],
    [['--version'], 0],
    [['no-such-command'], 2],
    [['list', '--no-such-flag'], 2],
    [['inspect'], 2],
    [['estimate'], 2],
    [['estimate', '--path', '.', '--engine', 'tensorrt'], 2],
    [['estimate', '--path', '.', '--engine-version', 'newest'], 2],
    [['estimate', '--path', '.', '--engine-version', 'v0.10.1'], 2],
    [['estimate', '--path', '.', '--gpu-memory', 'lots'], 2],
    [['solve', '--path', '.', '--for', 'everything'], 2],
    [['apply', 'some-model'], 2],
  ])('%j ends with status %i', (args, status) => {
    const run = headroom(args)
    expect(run.status).toBe(status)
    if (status === 0) expect(run.out).not.toBe('')
    else expect([run.out, run.err === '']).toEqual(['', false])
  })

  it('gives usage errors as one JSON document too', () => {
    const run = headroom(['list', '--json', '--no-such-flag'])
    expect(run.status).toBe(2)
    expect(errorOf(run)).toMatchObject({ code: 'USAGE' })
    expect(errorOf(headroom(['--json']))).toMatchObject({ code: 'USAGE', message: 'Name a command.' })
    expect(headroom([])).toMatchObject({ status: 2, out: '' })
  })

  it('does not colour and does not ask', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what must not occur
    expect(headroom(['list', '--registry', registry()]).out).not.toMatch(/\x1b/)
  })

  it('ends with 130 when it is interrupted, and says so in JSON', async () => {
    writeFileSync(join(folder, 'growing.log'), 'INFO nothing yet\n')
    const args = [
      'observe',
      '--log',
      join(folder, 'growing.log'),
      '--follow',
      '--engine',
      'vllm',
      '--model',
      'm',
      '--json',
    ]
    const child = spawn(process.execPath, [program, ...args], { env: environment() })
    const out: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    // It says so when it has begun to follow.
    child.stderr.once('data', () => child.kill('SIGINT'))
    expect(await statusOf(child)).toBe(130)
    expect(JSON.parse(Buffer.concat(out).toString())).toMatchObject({ error: { code: 'CANCELLED' } })
  })

  it('ends quietly when nobody reads on', async () => {
    const child = spawn(process.execPath, [program, 'list', '--json', '--registry', registry()], { env: environment() })
    child.stdout.destroy()
    const err: Buffer[] = []
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    expect([await statusOf(child), Buffer.concat(err).toString()]).toEqual([0, ''])
  })
})

function statusOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on('close', resolve))
}

describe('inspect', () => {
  it('reads a config and says where every field comes from', () => {
    const config = { model_type: 'llama', architectures: ['LlamaForCausalLM'], num_hidden_layers: 2, hidden_size: 64 }
    const more = { num_attention_heads: 4, num_key_value_heads: 2, vocab_size: 100, max_position_embeddings: 512 }
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, ...more, torch_dtype: 'bfloat16' }))
    const run = headroom(['inspect', folder, '--json'])
    expect(run.status).toBe(0)
    const found = inspectionSchema.parse(run.json)
    expect(found).toMatchObject({ path: folder, format: 'config', architecture: { num_layers: 2, head_dim: 16 } })
    expect(found.architecture.field_sources?.['num_layers']).toBe('config:config.json')
  })

  it('reads a remote repository from its headers', async () => {
    const config = {
      model_type: 'llama',
      num_hidden_layers: 2,
      hidden_size: 64,
      num_attention_heads: 4,
      vocab_size: 100,
    }
    const content = Buffer.from(JSON.stringify(config))
    const hub = await startHubServer([{ id: 'o/m', commit: 'c'.repeat(40), files: [{ path: 'config.json', content }] }])
    try {
      const args = ['inspect', 'hf://o/m', '--endpoint', hub.url, '--json']
      const child = spawn(process.execPath, [program, ...args], { env: environment() })
      const out: Buffer[] = []
      child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
      expect(await statusOf(child)).toBe(0)
      const found = inspectionSchema.parse(JSON.parse(Buffer.concat(out).toString()))
      expect(found).toMatchObject({ path: 'hf://o/m', architecture: { num_layers: 2 } })
    } finally {
      await hub.close()
    }
  })

  it.each([
    ['a path that is not there', 'missing.gguf', undefined, 'NOT_FOUND'],
    ['an empty file', 'empty.gguf', '', undefined],
    ['a file that is no model', 'text.gguf', 'hello, this is not a model at all', undefined],
  ])('refuses %s with a code and a hint', (_what, name, text, code) => {
    if (text !== undefined) writeFileSync(join(folder, name), text)
    const run = headroom(['inspect', join(folder, name), '--json'])
    expect(run.status).toBe(1)
    const error = errorOf(run)
    if (code !== undefined) expect(error.code).toBe(code)
    expect(error.hint).toBeTruthy()
  })
})

describe('list and show', () => {
  it('gives the merged entries with their layer', () => {
    const run = headroom(['list', '--json', '--registry', registry()])
    const entries = run.json as readonly Record<string, unknown>[]
    expect(run.status).toBe(0)
    expect(entries.length).toBeGreaterThanOrEqual(8)
    const llama = entries.find((entry) => entry['name'] === 'llama-3.1-8b-instruct')
    expect(llama).toMatchObject({ layer: 'curated', backend: 'vllm' })
    expect(headroom(['show', 'qwen3-8b', '--json', '--registry', registry()]).json).toMatchObject({
      name: 'qwen3-8b',
      layer: 'discovered',
      metadata: { architecture: { num_layers: 36 } },
    })
  })

  it('says so when there is no registry, no such model, or no such place', () => {
    expect(errorOf(headroom(['list', '--json'])).code).toBe('NO_REGISTRY')
    expect(errorOf(headroom(['show', 'nobody', '--json', '--registry', registry()])).code).toBe('UNKNOWN_MODEL')
    expect(errorOf(headroom(['list', '--json', '--registry', join(folder, 'nowhere')])).code).toBe('NOT_FOUND')
  })

  it('takes the registry from the environment', () => {
    expect(headroom(['list', '--json'], { HEADROOM_REGISTRY_DIR: registry() }).status).toBe(0)
    expect(headroom(['list', '--json'], { IMAGEWORKS_REGISTRY_DIR: registry() }).status).toBe(0)
  })
})

describe('estimate and solve', () => {
  const card = ['--gpu-memory', '23.52']

  it('takes flags of the line before those of the entry and says which', () => {
    const run = headroom(['estimate', 'qwen3-8b', '--json', ...card, '--max_model_len', '8K', '--registry', registry()])
    expect(run.status).toBe(0)
    const { inputs, engine } = estimateResultSchema.parse(run.json)
    expect(engine).toBe('vllm')
    expect(inputs['max_model_len']).toEqual({ value: 8192, source: 'flag' })
    expect(inputs['max_num_seqs']).toEqual({ value: 8, source: 'extra_args' })
    expect(inputs['tensor_parallel_size']?.source).toMatch(/^default:/)
  })

  it('replays a measured start', () => {
    const given = ['--weights-bytes', '16094211328', '--activation-bytes', '332859965', '--non-torch-bytes', '96636764']
    const settings = ['--gpu-memory-utilization', '0.9', '--max-model-len', '16384', '--engine-version', '0.11.1']
    const pool = ['--available-kv-bytes', '6206227743']
    const run = headroom([
      ...['estimate', 'llama-3.1-8b-instruct', '--json', '--registry', registry()],
      ...[...card, ...given, ...settings, ...pool],
    ])
    expect(estimateResultSchema.parse(run.json).kv).toMatchObject({ capacity_tokens: 47344, bytes_per_token: 131072 })
  })

  it('replays a start whose weights alone were too much: the pool is below zero', () => {
    const pool = ['--available-kv-bytes', '-2297807503', '--graph-bytes', '-483183820']
    const run = headroom(['estimate', 'llama-3.1-8b-instruct', '--json', '--registry', registry(), ...card, ...pool])
    expect(run.json).toMatchObject({ verdict: 'does_not_fit', kv: { capacity_tokens: 0 } })
  })

  it('reads the file of --config behind the command line', () => {
    const file = join(folder, 'serve.yaml')
    writeFileSync(file, 'max-num-seqs: 3\nblock-size: 32\n')
    const common = ['estimate', 'qwen3-8b', '--json', '--registry', registry(), ...card]
    const { inputs } = estimateResultSchema.parse(headroom([...common, '--config', file]).json)
    expect(inputs['block_size']).toEqual({ value: 32, source: `config:${file}` })
    expect(inputs['max_num_seqs']).toEqual({ value: 8, source: 'extra_args' })
    expect(headroom([...common, '--config', join(folder, 'none.yaml')]).status).toBe(1)
  })

  it('estimates every sample model, unknown ones too, without failing', () => {
    const path = registry()
    for (const { name } of headroom(['list', '--json', '--registry', path]).json as readonly { name: string }[]) {
      const run = headroom(['estimate', name, '--json', ...card, '--registry', path])
      expect([name, run.status]).toEqual([name, 0])
      const result = estimateResultSchema.parse(run.json)
      if (name === 'mystery-model') expect(result).toMatchObject({ verdict: 'unknown' })
      else expect([name, result.missing]).toEqual([name, []])
    }
  })

  it('has no verdict without a GPU, and says why on stderr only', () => {
    const run = headroom(['estimate', 'qwen3-8b', '--json', '--registry', registry()])
    expect([run.status, estimateResultSchema.parse(run.json).verdict]).toEqual([0, 'unknown'])
    expect(run.err).toMatch(/nvidia-smi/)
  })

  it('solves for a context that fits when it is estimated again', () => {
    const common = ['llama-3.1-8b-instruct', '--json', ...card, '--max-num-seqs', '1', '--registry', registry()]
    const solved = solveResultSchema.parse(headroom(['solve', ...common]).json)
    const context = solved.solutions[0]?.max_model_len ?? 0
    expect(context).toBeGreaterThan(1000)
    expect(context % 16).toBe(0)
    const again = headroom(['estimate', ...common, '--max-model-len', String(context)])
    expect(estimateResultSchema.parse(again.json).verdict).toBe('fits')
  })

  it('reads an architecture object and a launch line', () => {
    const file = join(folder, 'architecture.json')
    const group = { count: 4, kind: 'full_attention', kv_heads: 2, key_dim: 64, value_dim: 64 }
    const facts = { num_layers: 4, num_kv_heads: 2, head_dim: 64, hidden_size: 256, vocab_size: 1000 }
    writeFileSync(file, JSON.stringify({ ...facts, dtype: 'bfloat16', layer_groups: [group], weights_bytes: 1e9 }))
    const run = headroom(['estimate', '--architecture', file, '--json', ...card, '--extra-args', '--max-model-len=4k'])
    const result = estimateResultSchema.parse(run.json)
    expect(result.inputs['max_model_len']).toEqual({ value: 4000, source: 'extra_args' })
    expect(result.kv.bytes_per_token).toBe(4 * 2 * 2 * 64 * 2)
  })
})

describe('apply and undo', () => {
  it('changes exactly the flags that were asked for, and takes it back to the byte', () => {
    const path = registry()
    const before = filesOf(path)
    const dry = headroom(['apply', 'qwen3-8b', '--max-model-len', '16384', '--dry-run', '--json', '--registry', path])
    expect([dry.status, filesOf(path)]).toEqual([0, before])
    const run = headroom(['apply', 'qwen3-8b', '--max-model-len', '16384', '--json', '--registry', path])
    expect(run.status).toBe(0)
    const flags = ['--max-num-seqs', '16', '--enable-prefix-caching', '--max_num_seqs=8']
    expect(run.json).toMatchObject({ name: 'qwen3-8b', layer: 'discovered' })
    expect((run.json as { after: unknown }).after).toEqual(['--max-model-len', '16384', ...flags])
    expect(filesOf(path)['model_registry.curated.json']).toBe(before['model_registry.curated.json'])
    const shown = headroom(['show', 'qwen3-8b', '--json', '--registry', path]).json
    expect(shown).toMatchObject({ backend_config: { extra_args: ['--max-model-len', '16384', ...flags] } })
    const undone = headroom(['undo', '--json', '--registry', path])
    expect([undone.status, filesOf(path)]).toEqual([0, before])
    expect(headroom(['undo', '--json', '--registry', path]).status).toBe(1)
  })

  it('writes plain digits, since only vLLM reads human forms', () => {
    const words = ['--max-model-len', '16k', '--set', 'max-num-batched-tokens=8K', '--set', 'served-model-name=4k']
    const run = headroom(['apply', 'qwen3-8b', ...words, '--dry-run', '--json', '--registry', registry()])
    const { after } = run.json as { after: readonly string[] }
    expect(after).toEqual(expect.arrayContaining(['16000', '8192', '4k']))
    expect(after).not.toContain('16k')
  })

  it('writes into the curated layer where the flags live there', () => {
    const path = registry()
    const run = headroom(['apply', 'gemma-3-12b-it', '--set', 'max-num-seqs=4', '--json', '--registry', path])
    expect(run.json).toMatchObject({ layer: 'curated' })
    expect(filesOf(path)['model_registry.curated.json']).toContain('"--max-num-seqs"')
  })

  it.each([
    ['--gpu-memory-utilization', '1.5'],
    ['--max-model-len', '-5'],
  ])('refuses %s %s as wrong usage and writes nothing', (flag, value) => {
    const path = registry()
    const before = filesOf(path)
    const run = headroom(['apply', 'qwen3-8b', flag, value, '--json', '--registry', path])
    expect([run.status, filesOf(path)]).toEqual([2, before])
  })
})

describe('maintenance', () => {
  it('reconciles the sample starts once, and finds nothing to do the second time', () => {
    const path = registry()
    const first = headroom(['reconcile-architecture', '--json', '--registry', path])
    expect(first.status).toBe(0)
    expect(reconcileReportSchema.parse(first.json)).toMatchObject({
      unmatched: [],
      skipped_lines: 0,
      totals: { added: 2 },
    })
    const shown = headroom(['show', 'llama-3.1-8b-instruct', '--json', '--registry', path]).json
    expect(shown).toMatchObject({ metadata: { architecture: { runtime: { weights_gib: 14.9889 } } } })
    const after = filesOf(path)
    const again = headroom(['reconcile-architecture', '--json', '--registry', path])
    expect(reconcileReportSchema.parse(again.json).totals).toMatchObject({ unchanged: 2, added: 0, updated: 0 })
    expect(filesOf(path)).toEqual(after)
  })

  it('only says what it would do on a dry run, and counts lines that are broken', () => {
    const path = registry()
    const before = filesOf(path)
    const log = join(folder, 'metrics.jsonl')
    const event = { timestamp: '2026-02-01T00:00:00Z', model: 'nobody', backend: 'vllm', payload: { metrics: {} } }
    writeFileSync(log, `broken\n${JSON.stringify(event)}\n{"half`)
    const run = headroom(['reconcile-architecture', '--dry-run', '--metrics', log, '--json', '--registry', path])
    expect(run.json).toMatchObject({ unmatched: ['nobody'], skipped_lines: 1, results: [] })
    expect(filesOf(path)).toEqual(before)
  })

  it('reads installed models again, keeps what was set by hand, and changes no byte the second time', () => {
    const model = join(folder, 'model')
    mkdirSync(model)
    const config = {
      model_type: 'llama',
      num_hidden_layers: 2,
      hidden_size: 64,
      num_attention_heads: 4,
      vocab_size: 100,
    }
    writeFileSync(join(model, 'config.json'), JSON.stringify(config))
    const manual = { context_length: 777, field_sources: { context_length: 'manual' } }
    const file = join(folder, 'model_registry.json')
    const rows = [
      { name: 'here', download_path: model, metadata: { architecture: manual, keep: 1 } },
      { name: 'gone', download_path: join(folder, 'gone') },
      { name: 'nowhere' },
    ]
    writeFileSync(file, `${JSON.stringify(rows, null, 2)}\n`)
    const run = headroom(['migrate-architecture', '--json', '--registry', file])
    expect(run.status).toBe(0)
    const report = migrateReportSchema.parse(run.json)
    expect(report.results.map((result) => [result.name, result.status])).toEqual([
      ['here', 'updated'],
      ['gone', 'skipped'],
      ['nowhere', 'skipped'],
    ])
    const [here, gone] = JSON.parse(readFileSync(file, 'utf8'))
    expect(here.metadata).toMatchObject({ keep: 1, architecture: { num_layers: 2, context_length: 777 } })
    expect(here.metadata.architecture.field_sources.context_length).toBe('manual')
    expect(gone).toEqual(rows[1])
    const bytes = readFileSync(file, 'utf8')
    const again = migrateReportSchema.parse(headroom(['migrate-architecture', '--json', '--registry', file]).json)
    expect([again.totals.unchanged, readFileSync(file, 'utf8')]).toEqual([1, bytes])
  })
})

describe.skipIf(process.platform === 'win32')('gpus, doctor, observe and serve', () => {
  function tool(name: string, script: string): string {
    const bin = join(folder, 'bin')
    mkdirSync(bin, { recursive: true })
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(bin, name), 0o755)
    return `${bin}:/usr/bin:/bin`
  }

  it('lists the cards that the driver reports', () => {
    const path = tool(
      'nvidia-smi',
      'case "$1" in *compute*) ;; *) echo "0, GPU-a, 24564, 500, 23664, [N/A], RTX 4090";; esac',
    )
    const run = headroom(['gpus', '--json'], { PATH: path })
    expect(gpuSchema.array().parse(run.json)).toMatchObject([{ name: 'RTX 4090', total_bytes: 24564 * 2 ** 20 }])
  })

  it('reports what is there and what is wrong', () => {
    const run = headroom(['doctor', '--json', '--registry', registry()])
    expect(run.status).toBe(0)
    expect(run.json).toMatchObject({ models: '11', vllm: 'not found' })
  })

  const log = [
    "INFO 01-01 10:00:00 [utils.py:253] non-default args: {'model': 'm', 'max_model_len': 4096, 'api_key': 'secret-canary'}",
    'INFO 01-01 10:00:01 [core.py:93] Initializing a V1 LLM engine (v0.11.1) with config: dtype=torch.bfloat16, max_seq_len=4096, kv_cache_dtype=auto, tensor_parallel_size=1, quantization=None',
    'INFO 01-01 10:00:02 [gpu_model_runner.py:1] Model loading took 1.5000 GiB memory and 2.0 seconds',
    'INFO 01-01 10:00:03 [gpu_worker.py:1] Available KV cache memory: 10.5 GiB',
    'INFO 01-01 10:00:03 [kv_cache_utils.py:1] GPU KV cache size: 86,016 tokens',
    'INFO 01-01 10:00:03 [kv_cache_utils.py:1] Maximum concurrency for 4,096 tokens per request: 21.00x',
    'INFO 01-01 10:00:04 [core.py:1] init engine (profile, create kv cache, warmup model) took 3.00 seconds',
  ].join('\n')

  it('observes a log from standard input, keeps no secret, and appends one line', () => {
    const metrics = join(folder, 'logs', 'metrics.jsonl')
    const args = ['observe', '--log', '-', '--engine', 'vllm', '--model', 'm', '--metrics', metrics, '--json']
    const run = spawnSync(process.execPath, [program, ...args], { env: environment(), encoding: 'utf8', input: log })
    expect(run.status).toBe(0)
    const written = readFileSync(metrics, 'utf8')
    expect(JSON.parse(written)).toEqual(JSON.parse(run.stdout))
    expect(written.endsWith('}\n')).toBe(true)
    expect(written).not.toContain('secret-canary')
    expect(JSON.parse(written).payload.metrics).toMatchObject({ weights_gib: 1.5, kv_cache_tokens: 86016 })
  })

  it('writes nothing from a log without a complete start', () => {
    const file = join(folder, 'short.log')
    writeFileSync(file, log.split('\n').slice(0, 3).join('\n'))
    const run = headroom(['observe', '--log', file, '--engine', 'vllm', '--model', 'm', '--json'])
    expect([run.status, errorOf(run).code, existsSync(join(folder, 'data', 'logs'))]).toEqual([
      1,
      'MISSING_DATA',
      false,
    ])
  })

  function serve(script: string, more: readonly string[] = []): Run & { readonly metrics: Record<string, unknown> } {
    const path = tool('vllm', script)
    const metrics = join(folder, 'metrics.jsonl')
    const args = ['serve', 'qwen3-8b', '--metrics', metrics, '--registry', registry(), ...more]
    const run = headroom(args, { PATH: path })
    return { ...run, metrics: JSON.parse(readFileSync(metrics, 'utf8')).payload.metrics }
  }

  it('serves: passes words, output and status through and records the start', () => {
    const run = serve(`echo "args: $*"\ncat <<'LOG' >&2\n${log}\nLOG\nexit 7`, ['--', '--seed', '5'])
    expect(run.status).toBe(7)
    const flags = '--max-model-len 4096 --max-num-seqs 16 --enable-prefix-caching --max_num_seqs=8'
    expect(run.out).toBe(`args: serve Qwen/Qwen3-8B ${flags} --seed 5\n`)
    expect(run.err).toContain('Available KV cache memory')
    expect(run.metrics).toMatchObject({ weights_gib: 1.5, available_kv_gib: 10.5 })
  })

  it('serves: records a refusal and an engine that dies without a word', () => {
    const refusal = 'ValueError: No available memory for the cache blocks. Try increasing gpu_memory_utilization.'
    expect(serve(`echo "${refusal}" >&2; exit 1`).metrics['failure']).toMatch(/^No available memory/)
    rmSync(join(folder, 'metrics.jsonl'))
    const killed = serve('kill -9 $$')
    expect([killed.status, killed.metrics['failure_kind']]).toEqual([137, 'ended'])
  })

  it('serves: hands a signal to the engine, and records what became of it', async () => {
    const path = tool('vllm', 'trap "exit 42" TERM\necho up\nwhile :; do sleep 0.05; done')
    const metrics = join(folder, 'metrics.jsonl')
    const args = ['serve', 'qwen3-8b', '--metrics', metrics, '--registry', registry()]
    const child = spawn(process.execPath, [program, ...args], { env: environment({ PATH: path }) })
    child.stdout.on('data', () => child.kill('SIGTERM'))
    expect(await statusOf(child)).toBe(42)
    expect(JSON.parse(readFileSync(metrics, 'utf8')).payload.metrics).toMatchObject({ failure_kind: 'ended' })
  })

  it('serves: says so when the engine is not installed', () => {
    const run = headroom(['serve', 'qwen3-8b', '--json', '--registry', registry()])
    expect([run.status, errorOf(run).code]).toEqual([1, 'UNAVAILABLE'])
  })
})
