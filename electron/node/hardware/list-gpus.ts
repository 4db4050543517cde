import { win32 } from 'node:path'
import { type Gpu } from '#shared/domain/hardware'
import { fail, ok, type Result } from '#shared/domain/result'
import { type World } from '../world'
import { findExecutable } from './find-executable'
import { addProcesses, gpuColumns, type ParsedGpus, parseGpuRows, processColumns } from './parse-nvidia-smi'
import { runTool, type ToolOutput } from './run-tool'

const HINT = 'Choose a card from the list, or give its memory by hand; on the command line with --gpu or --gpu-memory.'
const FORMAT = '--format=csv,noheader,nounits'

/**
 * NVIDIA cards as `nvidia-smi` reports them, in bytes. Absent, hanging, flooding or garbled tools and drivers are
 * UNAVAILABLE with a hint; an empty list is never a success.
 */
export async function listGpus(
  world: Pick<World, 'env' | 'platform'>,
  timeoutMilliseconds = 10_000,
): Promise<Result<readonly Gpu[]>> {
  const file = findExecutable('nvidia-smi', world, usualFolders(world))
  if (file === undefined) return unavailable('nvidia-smi is not installed, so the GPUs of this computer are not known.')
  // Fixed language: figures are read, never guessed.
  const env = { ...world.env, LC_ALL: 'C', LANG: 'C', LANGUAGE: 'C' }
  const run = (query: string) =>
    runTool({ file, args: [query, FORMAT], env, timeoutMilliseconds, maxOutputBytes: 1_000_000 })
  const [cards, processes] = await Promise.all([
    queryCards(run),
    run(`--query-compute-apps=${processColumns.join(',')}`),
  ])
  if (!cards.ok) return cards
  const { gpus, uuids } = cards.value
  if (!processes.ok || processes.value.exitCode !== 0) return ok(gpus)
  return ok(addProcesses(gpus, uuids, processes.value.stdout))
}

type Run = (query: string) => Promise<Result<ToolOutput>>

/** Asks with the MIG mode first; drivers from before MIG refuse that column. */
async function queryCards(run: Run): Promise<Result<ReturnType<typeof parseGpuRows>>> {
  for (const withMig of [true, false]) {
    const columns = [...gpuColumns, ...(withMig ? ['mig.mode.current'] : []), 'name']
    const answer = await run(`--query-gpu=${columns.join(',')}`)
    if (!answer.ok) return unavailable(`nvidia-smi gave no answer. ${answer.error.message}`)
    const { stdout, stderr, exitCode } = answer.value
    if (exitCode !== 0 && withMig && /not a valid field/i.test(stdout + stderr)) continue
    if (exitCode !== 0) return unavailable(`nvidia-smi failed: ${firstLine(stdout + stderr) ?? `exit ${exitCode}`}`)
    const parsed = parseGpuRows(stdout, withMig)
    return parsed.gpus.length > 0 ? ok(parsed) : unavailable(reasonForNone(parsed, stdout))
  }
  return unavailable('nvidia-smi does not know the columns that were asked for.')
}

function reasonForNone(parsed: ParsedGpus, stdout: string): string {
  const [first] = parsed.unusable
  if (first !== undefined) return `${first.name} was found, but ${first.because}.`
  if (stdout.trim() === '' || /no devices were found/i.test(stdout)) return 'nvidia-smi found no NVIDIA GPU.'
  return 'nvidia-smi answered in a form that Headroom does not know.'
}

function firstLine(text: string): string | undefined {
  const line = text.split(/\r?\n/).find((one) => one.trim() !== '')
  return line?.trim().slice(0, 200)
}

function unavailable(message: string): ReturnType<typeof fail> {
  return fail('UNAVAILABLE', message, { hint: HINT })
}

function usualFolders(world: Pick<World, 'env' | 'platform'>): readonly string[] {
  if (world.platform !== 'win32') return ['/usr/bin', '/usr/local/bin', '/usr/lib/wsl/lib', '/opt/bin']
  const root = world.env['SystemRoot'] ?? 'C:\\Windows'
  const programs = world.env['ProgramFiles'] ?? 'C:\\Program Files'
  return [win32.join(root, 'System32'), win32.join(programs, 'NVIDIA Corporation', 'NVSMI')]
}
