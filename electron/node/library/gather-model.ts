import { closeSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fail, ok, type Result } from '#shared/domain/result'
import { describeForeignStart } from '#shared/library/foreign-start'
import { readError } from '../files/file-error'
import { type Finding, type ReadJob } from './finding'
import { inspectFolder } from './inspect-folder'
import { inspectGgufFile } from './inspect-gguf'
import { openRegularFile, readFully } from './open-regular-file'
import { quoteForeign } from './read-fault'

/** Everything the files at a path say, not yet interpreted: what kind of thing it is, its documents and headers. */
export function gatherModel(job: ReadJob): Result<Finding> {
  const { path } = job
  if (path.includes('\0')) return fail('NOT_FOUND', 'The path holds a NUL character.', { path })
  try {
    return statSync(path).isDirectory() ? inspectFolder(path, job) : inspectFile(path, job)
  } catch (error) {
    // Files can vanish between listing and reading; whatever is no file system error is a bug and goes on.
    return readError(error, path)
  }
}

function inspectFile(path: string, job: ReadJob): Result<Finding> {
  const name = basename(path)
  const root = dirname(path)
  const head = readHead(path)
  if (!head.ok) return head
  const isGguf = /\.gguf$/i.test(name) || Buffer.from(head.value.slice(0, 4)).toString('latin1') === 'GGUF'
  if (isGguf) return inspectGgufFile(root, name, job)
  if (/\.safetensors$/i.test(name)) return inspectFolder(root, { ...job, weightFile: name })
  if (/\.(?:json|gptq_metadata|ya?ml)$/i.test(name)) return inspectFolder(root, { ...job, documentFile: name })
  if (/\.(?:bin|pt|pth)$/i.test(name) && describeForeignStart(head.value)?.kind !== 'git_lfs_pointer') {
    return inspectFolder(root, { ...job, weightFile: name })
  }
  const foreign = describeForeignStart(head.value)
  return fail('UNKNOWN_FORMAT', foreign?.message ?? `${quoteForeign(name)} is no model file that is known here.`, {
    hint: foreign?.hint ?? 'Choose a .gguf or .safetensors file, a config.json or a model folder.',
    path: join(root, name),
  })
}

function readHead(path: string): Result<Uint8Array> {
  const opened = openRegularFile(path)
  if (!opened.ok) return opened
  const head = new Uint8Array(Math.min(512, opened.value.bytes))
  try {
    return ok(head.subarray(0, readFully(opened.value.descriptor, head, 0)))
  } catch (error) {
    return readError(error, path)
  } finally {
    closeSync(opened.value.descriptor)
  }
}
