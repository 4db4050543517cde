import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createServices } from '../node/services'
import { runCli } from './program'

let box: string
beforeEach(() => {
  box = mkdtempSync(join(tmpdir(), 'headroom-cli-profiles-'))
})
afterEach(() => rmSync(box, { recursive: true, force: true }))

async function headroom(...args: readonly string[]) {
  const out: string[] = []
  const status = await runCli([...args, '--json'], {
    signal: new AbortController().signal,
    out: (text) => out.push(text),
    err: () => undefined,
    createServices: () =>
      createServices(
        { dataDir: join(box, 'data'), env: {}, platform: process.platform, now: () => new Date() },
        { workerUrl: new URL('file:///nowhere.mjs') },
      ),
  })
  return { status, json: JSON.parse(out.join('')) }
}

const kept = () => JSON.parse(readFileSync(join(box, 'data', 'profiles.json'), 'utf8'))

describe('headroom profiles', () => {
  it('lists the built-in ones without writing anything', async () => {
    const { status, json } = await headroom('profiles')
    expect(status).toBe(0)
    expect(json).toMatchObject({ own: {}, built_in: { ada_16gb: { non_torch_gib: [0.05, 0.2, 0.5] } } })
    expect(() => kept()).toThrow()
  })

  it('creates, sets, takes out, duplicates, renames and deletes', async () => {
    await headroom('profiles', 'create', 'mine', '--non-torch-gib', '0.1,0.2,0.4', '--description', 'two screens')
    await headroom('profiles', 'set', 'mine', '--activation-factor', '1.1', '--description', 'none')
    expect(kept()).toEqual({ mine: { non_torch_gib: [0.1, 0.2, 0.4], activation_factor: 1.1 } })
    await headroom('profiles', 'duplicate', 'hopper_80gb', 'second')
    await headroom('profiles', 'rename', 'second', 'third')
    const { json } = await headroom('profiles', 'delete', 'mine')
    expect(Object.keys(json.own)).toEqual(['third'])
    expect(kept()).toEqual({ third: expect.objectContaining({ non_torch_gib: [0.1, 0.13, 0.3] }) })
  })

  it('exports and imports the older shape', async () => {
    const file = join(box, 'profiles.json')
    await headroom('profiles', 'create', 'mine', '--graph-gib', '0.5')
    expect((await headroom('profiles', 'export', file)).json.profiles).toContain('studio_dual')
    await headroom('profiles', 'set', 'mine', '--graph-gib', '0.7')
    expect(await headroom('profiles', 'import', file)).toMatchObject({ status: 2, json: { error: { code: 'USAGE' } } })
    expect(kept()).toEqual({ mine: { graph_gib: 0.7 } })
    expect((await headroom('profiles', 'import', file, '--replace')).status).toBe(0)
    expect(kept()).toEqual({ mine: { graph_gib: 0.5 } })
  })

  it.each([
    [['profiles', 'invent', 'x']],
    [['profiles', 'create']],
    [['profiles', 'rename', 'x']],
    [['profiles', 'rename', 'nobody', 'x']],
    [['profiles', 'set', 'ada_16gb', '--graph-gib', '1']],
    [['profiles', 'create', 'x', '--graph-gib', '1,2']],
    [['profiles', 'create', 'x', '--graph-gib', '3,2,1']],
    [['profiles', 'create', 'x', '--non-torch-gib=-1']],
    [['profiles', 'create', 'x', '--activation-factor', '0']],
    [['estimate', '--margin', 'much', '--architecture', 'x']],
  ])('refuses %j as wrong usage', async (args) => {
    expect(await headroom(...args)).toMatchObject({ status: 2, json: { error: { code: 'USAGE' } } })
  })

  it('estimates with an own profile and a margin, and states both', async () => {
    const architecture = { num_layers: 36, num_attention_heads: 32, num_kv_heads: 8, head_dim: 128, hidden_size: 4096 }
    const file = join(box, 'architecture.json')
    const more = { intermediate_size: 12_288, vocab_size: 151_936, context_length: 40_960, dtype: 'bfloat16' }
    writeFileSync(file, JSON.stringify({ ...architecture, ...more, weights_bytes: 16_381_470_720 }))
    await headroom('profiles', 'create', 'mine', '--non-torch-gib', '1.5')
    const line = ['--engine', 'vllm', '--gpu-memory', '23.65', '--max-model-len', '4096', '--max-num-seqs', '1']
    const plain = await headroom('estimate', '--architecture', file, ...line)
    const careful = await headroom('estimate', '--architecture', file, ...line, '--profile', 'mine', '--margin', '20')
    expect(plain.json.verdict).toBe('fits')
    expect(careful.json).toMatchObject({
      verdict: 'tight',
      inputs: { extra_margin_bytes: { value: 20 * 2 ** 30, source: 'flag' } },
      per_gpu: [{ overhead_bytes: 1.5 * 2 ** 30 }],
    })
  })
})
