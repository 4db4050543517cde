import { closeSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { extractArchitecture } from '#shared/architecture/extract-architecture'
import { type RawSources } from '#shared/architecture/raw'
import { summariseTensors, visionTensorBytes } from '#shared/architecture/tensor-summary'
import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { type Inspection } from '#shared/domain/inspection'
import { fail, ok, type Result } from '#shared/domain/result'
import { describeForeignStart } from '#shared/library/foreign-start'
import { type Finding, type InspectJob } from './finding'
import { inspectFolder } from './inspect-folder'
import { inspectGgufFile } from './inspect-gguf'
import { ioFailure, openRegularFile, readFully } from './open-regular-file'
import { quoteForeign } from './read-fault'
import { readSupportFolder } from './read-support-folder'

/**
 * Architecture of a model file or folder, read synchronously: meant for the worker, callable anywhere.
 * Nothing is downloaded or written. Errors are coded and carry the file and, where there is one, the byte offset.
 */
export function inspectPath(job: InspectJob): Result<Inspection> {
  const found = findModel(job)
  if (!found.ok) return found
  const support = job.supportDir === undefined ? undefined : readSupportFolder(job.supportDir)
  if (support !== undefined && !support.ok) return support
  const sources: RawSources = {
    ...found.value.sources,
    ...(support !== undefined && { support: support.value }),
    ...(job.stored !== undefined && { stored: job.stored }),
  }
  return ok(toInspection(job, found.value, sources))
}

function toInspection(job: InspectJob, finding: Finding, sources: RawSources): Inspection {
  const extracted = extractArchitecture(sources)
  const warnings = [...new Set([...(extracted.warnings ?? []), ...finding.warnings])]
  const architecture: ArchitectureMetadata = {
    ...extracted,
    ...(warnings.length > 0 && { warnings }),
    collected_at: job.collectedAt,
  }
  const tensors = sources.gguf === undefined ? undefined : summariseTensors(sources.gguf)
  const projectorBytes = sources.mmproj === undefined ? undefined : visionTensorBytes(sources.mmproj)
  return {
    path: job.path,
    format: finding.format,
    architecture,
    files: [...finding.files],
    ...(tensors !== undefined && { tensors }),
    ...(projectorBytes !== undefined && { projector_bytes: projectorBytes }),
  }
}

function findModel(job: InspectJob): Result<Finding> {
  const { path } = job
  try {
    if (path.includes('\0')) return fail('NOT_FOUND', 'The path holds a NUL character.', { path })
    if (statSync(path).isDirectory()) return inspectFolder(path, job)
  } catch (error) {
    return ioFailure(error, path)
  }
  return inspectFile(path, job)
}

function inspectFile(path: string, job: InspectJob): Result<Finding> {
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
    return ioFailure(error, path)
  } finally {
    closeSync(opened.value.descriptor)
  }
}
