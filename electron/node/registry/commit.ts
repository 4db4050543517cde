import { basename } from 'node:path'
import { fail, ok, type Result } from '#shared/domain/result'
import { type FileSystem } from '../files/file-system'
import { type HeldLock } from '../files/lock'
import { decodeText, hashOf, isSameContent, readBytes } from '../files/read-text'
import { removeFile, replaceFile } from '../files/replace-file'
import { applyStep, type Journal, type JournalData, type JournalItem, reverseStep, type Step } from './journal'
import { MAX_REGISTRY_BYTES } from './read-registry'

/** Everything a commit needs of its surroundings. Only made while the lock is held. */
export interface CommitContext {
  readonly fs: FileSystem
  readonly lock: HeldLock
  readonly journal: Journal
  readonly sleep: (milliseconds: number) => Promise<void>
}

/** One file of a commit: the step for the journal and the bytes it leads to (null: the file goes). */
export interface FileWrite {
  readonly step: Step
  readonly bytes: Uint8Array | null
  /** What the file must still hold when it is replaced, where the bytes are at hand; else the hash of the step decides. */
  readonly expected?: Uint8Array
  /** Permission bits of a file that does not exist yet. */
  readonly mode?: number
  /** The merged file of a layered registry: one that could not be read is replaced, its bytes stay in the journal. */
  readonly isDerived?: boolean
}

export interface Commit {
  readonly writes: readonly FileWrite[]
  readonly data: JournalData
  /** Recorded when everything is written. */
  readonly item?: JournalItem
  /** Item that this commit takes back. */
  readonly undoes?: string
}

/**
 * Writes all files of one change or none: the intention is in the journal first, each file is replaced in one step
 * while the lock is ours and the file is the one that was read, and what was written before a failure is taken back.
 * CONFLICT when a file changed since it was read (nothing is changed then).
 */
export async function commit(context: CommitContext, request: Commit): Promise<Result<JournalData>> {
  const { data, undoes } = request
  const writes: FileWrite[] = []
  for (const write of request.writes) writes.push(await withUnreadBefore(write, context.fs))
  const steps = writes.map((write) => write.step)
  const item = request.item && { ...request.item, steps }
  const pending = { steps, ...(item && { item }), ...(undoes !== undefined && { undoes }) }
  const intended = { ...data, pending }
  const noted = await context.journal.write(intended)
  if (!noted.ok) return noted
  const written: Step[] = []
  for (const write of writes) {
    const done = await writeFile(context, write)
    if (done.ok) {
      written.push(write.step)
      continue
    }
    // the failed file may have been replaced before its folder could not be flushed
    await takeBack(context, [...written, write.step])
    await context.journal.write(data)
    return done
  }
  const final = finished(intended)
  // a journal that cannot be closed now is closed by the next change: everything is on the disk
  const closed = await context.journal.write(final)
  return ok(closed.ok ? final : intended)
}

/** Settles what a killed program left: complete changes are recorded, incomplete ones taken back. */
export async function recover(context: CommitContext, data: JournalData): Promise<Result<JournalData>> {
  if (!data.pending) return ok(data)
  const isComplete = await allAt(context.fs, data.pending.steps)
  if (!isComplete.ok) return isComplete
  if (!isComplete.value) {
    const back = await takeBack(context, data.pending.steps)
    if (!back.ok) return back
  }
  const { pending: _settled, ...rest } = isComplete.value ? finished(data) : data
  const written = await context.journal.write(rest)
  return written.ok ? ok(rest) : written
}

/** Hash of a file now, null when there is none. */
export async function currentHash(path: string, fs: FileSystem): Promise<Result<string | null>> {
  const read = await readBytes(path, { fs, maxBytes: MAX_REGISTRY_BYTES })
  if (read.ok) return ok(hashOf(read.value.bytes))
  return read.error.code === 'NOT_FOUND' ? ok(null) : read
}

function finished(data: JournalData): JournalData {
  const { pending, ...rest } = data
  if (!pending) return rest
  const items = rest.items.map((item) => (item.id === pending.undoes ? { ...item, undone: true } : item))
  const sequence = Math.max(rest.sequence, pending.item?.sequence ?? 0)
  return { ...rest, sequence, items: pending.item ? [...items, pending.item] : items }
}

/** A derived file that was not loaded (broken, or not there): what stands there now is what the step replaces. */
async function withUnreadBefore(write: FileWrite, fs: FileSystem): Promise<FileWrite> {
  if (write.isDerived !== true || write.step.before !== null) return write
  const read = await readBytes(write.step.path, { fs, maxBytes: MAX_REGISTRY_BYTES })
  if (!read.ok) return write
  const beforeBytes = Buffer.from(read.value.bytes).toString('base64')
  return { ...write, step: { ...write.step, before: hashOf(read.value.bytes), beforeBytes } }
}

async function allAt(fs: FileSystem, steps: readonly Step[]): Promise<Result<boolean>> {
  for (const step of steps) {
    const hash = await currentHash(step.path, fs)
    if (!hash.ok) return hash
    if (hash.value !== step.after) return ok(false)
  }
  return ok(true)
}

async function writeFile(
  context: CommitContext,
  { step, bytes, mode, expected: held }: FileWrite,
): Promise<Result<void>> {
  const { fs, lock, sleep } = context
  const beforeCommit = async (): Promise<Result<void>> => {
    const mine = await lock.check()
    if (!mine.ok) return mine
    return held === undefined ? expectHash(step.path, step.before, fs) : expectBytes(step.path, held, fs)
  }
  if (bytes !== null) {
    return replaceFile(step.path, bytes, { fs, sleep, beforeCommit, ...(mode !== undefined && { mode }) })
  }
  const expected = await beforeCommit()
  return expected.ok ? removeFile(step.path, fs) : expected
}

async function expectHash(path: string, expected: string | null, fs: FileSystem): Promise<Result<void>> {
  const hash = await currentHash(path, fs)
  if (!hash.ok) return hash
  return hash.value === expected ? ok(undefined) : changedMeanwhile(path)
}

async function expectBytes(path: string, expected: Uint8Array, fs: FileSystem): Promise<Result<void>> {
  const same = await isSameContent(path, expected, fs)
  if (!same.ok) return same.error.code === 'NOT_FOUND' ? changedMeanwhile(path) : same
  return same.value ? ok(undefined) : changedMeanwhile(path)
}

function changedMeanwhile(path: string) {
  return fail('CONFLICT', `"${basename(path)}" was changed by another program in the meantime.`, {
    hint: 'Nothing was written. Load the registry again.',
    path,
  })
}

/** Brings files that a step has changed back to what they were; files in any other state are left alone. */
async function takeBack(context: CommitContext, steps: readonly Step[]): Promise<Result<void>> {
  let problem: Result<void> = ok(undefined)
  for (const step of steps.toReversed()) {
    const done = await takeBackOne(context, step)
    if (!done.ok) problem = done
  }
  return problem
}

async function takeBackOne({ fs, sleep }: CommitContext, step: Step): Promise<Result<void>> {
  const read = await readBytes(step.path, { fs, maxBytes: MAX_REGISTRY_BYTES })
  if (!read.ok && read.error.code !== 'NOT_FOUND') return read
  const hash = read.ok ? hashOf(read.value.bytes) : null
  if (hash !== step.after || hash === step.before) return ok(undefined)
  const current = read.ok ? decodeText(read.value.bytes, step.path) : undefined
  const bytes = applyStep(reverseStep(step), current?.ok ? current.value : undefined)
  if (!bytes.ok) return bytes
  return bytes.value === null ? removeFile(step.path, fs) : replaceFile(step.path, bytes.value, { fs, sleep })
}
