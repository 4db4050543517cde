import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listGpus } from './list-gpus'

const MIB = 2 ** 20
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-smi-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A stand-in for the driver's tool: answers the two queries with the given shell text. */
function fakeTool(gpuQuery: string, processQuery = 'true'): Parameters<typeof listGpus>[0] {
  const script = `#!/bin/sh\ncase "$1" in\n*compute-apps*)\n${processQuery}\n;;\n*)\n${gpuQuery}\n;;\nesac\n`
  writeFileSync(join(folder, 'nvidia-smi'), script, { mode: 0o755 })
  return { env: { PATH: `${folder}:/usr/bin:/bin` }, platform: 'linux' }
}

function rows(...lines: string[]): string {
  return `cat <<'TABLE'\n${lines.join('\n')}\nTABLE`
}

describe.skipIf(process.platform === 'win32')('listGpus', () => {
  it('reports bytes, and the processes of each card', async () => {
    const world = fakeTool(
      rows(
        '0, GPU-aa, 24564, 1000, 23164, [N/A], NVIDIA GeForce RTX 4090',
        '1, GPU-bb, 81559, 0, 81079, Disabled, NVIDIA H100, 80GB HBM3',
      ),
      rows('GPU-bb, 4711, 512, /usr/bin/python3', 'GPU-aa, 12, [N/A], [Not Found]', 'junk'),
    )
    expect(await listGpus(world)).toEqual({
      ok: true,
      value: [
        {
          index: 0,
          name: 'NVIDIA GeForce RTX 4090',
          total_bytes: 24564 * MIB,
          used_bytes: 1000 * MIB,
          free_bytes: 23164 * MIB,
          processes: [{ pid: 12, name: '[Not Found]' }],
        },
        {
          index: 1,
          name: 'NVIDIA H100, 80GB HBM3',
          total_bytes: 81559 * MIB,
          used_bytes: 0,
          free_bytes: 81079 * MIB,
          processes: [{ pid: 4711, name: '/usr/bin/python3', used_bytes: 512 * MIB }],
        },
      ],
    })
  })

  it('asks an old driver again without the column it does not know', async () => {
    const world = fakeTool(
      `case "$1" in *mig*) echo 'Field "mig.mode.current" is not a valid field to query.'; exit 2;; esac\n` +
        rows('0, GPU-aa, 11178, 10, 11168, GeForce GTX 1080 Ti'),
    )
    const result = await listGpus(world)
    expect(result.ok && result.value[0]?.name).toBe('GeForce GTX 1080 Ti')
  })

  it.each([
    ['garbage', 'echo "<html>not a table</html>"', /form that Headroom does not know/],
    ['nothing', 'true', /found no NVIDIA GPU/],
    ['no devices', 'echo "No devices were found"', /found no NVIDIA GPU/],
    [
      'driver mismatch',
      'echo "Failed to initialize NVML: Driver/library version mismatch"; exit 18',
      /version mismatch/,
    ],
    ['unified memory', rows('0, GPU-aa, [N/A], [N/A], [N/A], [N/A], NVIDIA GB10'), /NVIDIA GB10 was found.*memory/],
    ['MIG slices', rows('0, GPU-aa, 81559, 0, 81079, Enabled, NVIDIA A100'), /MIG/],
    ['localised figures', rows('0, GPU-aa, 24.564, 1.000, 23.164, [N/A], NVIDIA RTX'), /memory/],
    ['a hang', 'sleep 60', /did not answer/],
    ['a flood', 'yes "0, GPU-aa, 1, 1, 1, x, y"', /wrote more than expected/],
  ])('says UNAVAILABLE with a hint for %s', async (_name, script, message) => {
    // Only the hang may be cut off early: a busy machine can take a second to start a shell.
    const result = await listGpus(fakeTool(script), script.startsWith('sleep') ? 700 : 25_000)
    expect(result).toMatchObject({ ok: false, error: { code: 'UNAVAILABLE' } })
    expect(!result.ok && result.error.message).toMatch(message)
    expect(!result.ok && result.error.hint).toContain('--gpu')
  })

  it('never runs a tool from a relative PATH entry', async () => {
    fakeTool(rows('0, GPU-aa, 1000, 1, 999, [N/A], Planted'))
    const result = await listGpus({ env: { PATH: '.:bin:' }, platform: 'linux' })
    expect(result.ok && result.value[0]?.name).not.toBe('Planted')
  })
})
