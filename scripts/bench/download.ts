import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startHubServer, zerosSha256 } from '../../e2e/hub/hub-server'
import { createHubClient } from '../../electron/node/hub/client'
import { downloadFile } from '../../electron/node/hub/download-file'
import { type BenchReport, median } from './table'

const BYTES = 2 * 2 ** 30
const ROUNDS = 3
const MIB = 2 ** 20
/** Growth of the process beyond its size before the download. */
const MEMORY_TARGET_BYTES = 64 * MIB
const commit = 'a'.repeat(40)
const path = `/o/m/resolve/${commit}/model.safetensors`

/** Child process: the hub alone, so that serving does not count against the client. */
export async function serveBenchHub(): Promise<void> {
  const sha256 = zerosSha256(BYTES)
  const file = { path: 'model.safetensors', content: Buffer.alloc(0), zeros: BYTES, lfs: true, sha256 }
  const hub = await startHubServer([{ id: 'o/m', commit, files: [file] }])
  process.stdout.write(`${JSON.stringify({ url: hub.url, sha256 })}\n`)
  process.stdin.resume()
  await once(process.stdin, 'end')
  await hub.close()
}

/** A 2 GB file from a local server, hash included, against `curl` and `sha256sum`, and `aria2c` where installed. */
export async function benchDownload(): Promise<BenchReport> {
  const server = spawn(process.execPath, [process.argv[1] ?? '', '--serve-hub'], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const { url, sha256 } = await announcement(server)
    const folder = mkdtempSync(join(tmpdir(), 'headroom-bench-download-'))
    try {
      return await compare(`${url}${path}`, { folder, sha256 })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  } finally {
    server.stdin?.end()
  }
}

async function announcement(server: ChildProcess): Promise<{ readonly url: string; readonly sha256: string }> {
  if (server.stdout === null) throw new Error('the hub has no output')
  const [line] = (await once(server.stdout, 'data')) as [Buffer]
  return JSON.parse(line.toString()) as { url: string; sha256: string } // written by serveBenchHub
}

interface Setting {
  readonly folder: string
  readonly sha256: string
}

async function compare(url: string, setting: Setting): Promise<BenchReport> {
  const own: number[] = []
  const curl: number[] = []
  const aria: number[] = []
  let growth = 0
  // Taken in turns, so that a busy machine slows all of them alike.
  for (let round = 0; round < ROUNDS; round++) {
    const ours = await downloadOurs(url, setting)
    own.push(ours.ms)
    growth = Math.max(growth, ours.growthBytes)
    curl.push(downloadWith(['curl', '-sf', '-o', 'FILE', url], setting))
    aria.push(downloadWith(['aria2c', '-q', '-x8', '-s8', '-d', setting.folder, '-o', 'NAME', url], setting))
  }
  const [ownMs, curlMs, ariaMs] = [median(own), median(curl), median(aria)]
  const hasAria = Number.isFinite(ariaMs)
  return {
    title: `Download of ${BYTES / 2 ** 30} GiB with SHA-256 from a server on this computer, median of ${ROUNDS}`,
    head: ['client', 'seconds', 'MiB/s'],
    rows: [
      ['headroom', ...cells(ownMs)],
      ['curl, then sha256sum', ...cells(curlMs)],
      ['aria2c -x8, then sha256sum', ...cells(ariaMs)],
    ],
    checks: [
      { text: 'at least as fast as curl followed by sha256sum', isMet: ownMs <= curlMs },
      ...(hasAria ? [{ text: 'within 1.2 times of aria2c', isMet: ownMs <= ariaMs * 1.2 }] : []),
      { text: `memory grows by ${(growth / MIB).toFixed(0)} MiB, under 64`, isMet: growth < MEMORY_TARGET_BYTES },
    ],
    notes: hasAria ? [] : ['aria2c is not installed'],
  }
}

async function downloadOurs(url: string, { folder, sha256 }: Setting): Promise<{ ms: number; growthBytes: number }> {
  const target = join(folder, 'ours')
  const before = process.memoryUsage.rss()
  let peak = before
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, 20)
  const start = performance.now()
  const done = await downloadFile(
    { url, commit, bytes: BYTES, sha256, target },
    {
      client: createHubClient({ endpoint: new URL(url).origin }),
      signal: new AbortController().signal,
      connections: 4,
    },
  )
  const ms = performance.now() - start
  clearInterval(timer)
  if (!done.ok) throw new Error(done.error.message)
  rmSync(target)
  return { ms, growthBytes: peak - before }
}

/** NaN when the program is not installed. */
function downloadWith(command: readonly string[], { folder, sha256 }: Setting): number {
  const file = join(folder, 'theirs')
  const [program = '', ...words] = command
  const args = words.map((word) => (word === 'FILE' ? file : word === 'NAME' ? 'theirs' : word))
  const start = performance.now()
  if (spawnSync(program, args, { stdio: 'ignore' }).status !== 0) return Number.NaN
  const hashed = spawnSync('sha256sum', [file], { encoding: 'utf8' })
  const ms = performance.now() - start
  if (!hashed.stdout.startsWith(sha256)) return Number.NaN
  rmSync(file)
  return ms
}

function cells(ms: number): readonly [string, string] {
  if (!Number.isFinite(ms)) return ['skipped', '']
  return [(ms / 1000).toFixed(2), (BYTES / MIB / (ms / 1000)).toFixed(0)]
}
