import { extractArchitecture } from '#shared/architecture/extract-architecture'
import { type RawSources } from '#shared/architecture/raw'
import { summariseTensors, visionTensorBytes } from '#shared/architecture/tensor-summary'
import { type ArchitectureMetadata, architectureFields } from '#shared/domain/architecture'
import { type Inspection } from '#shared/domain/inspection'
import { ok, type Result } from '#shared/domain/result'
import { type Finding, type InspectJob, type ReadJob } from './finding'
import { gatherModel } from './gather-model'
import { readSupportFolder } from './read-support-folder'

/**
 * Architecture of a model file or folder, read synchronously: meant for the worker, callable anywhere.
 * Nothing is downloaded or written. Errors are coded and carry the file and, where there is one, the byte offset.
 */
export function inspectPath(job: ReadJob): Result<Inspection> {
  const found = gatherModel(job)
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
  // An adapter without its base has nothing but warnings; empty lists of sources would say no more.
  const isKnown = architectureFields.some((field) => extracted[field] !== undefined)
  const architecture: ArchitectureMetadata = {
    ...(isKnown ? extracted : {}),
    ...(warnings.length > 0 && { warnings }),
    collected_at: job.collectedAt,
  }
  const tensors = sources.gguf === undefined ? undefined : summariseTensors(sources.gguf)
  const projectorBytes = sources.mmproj === undefined ? undefined : visionTensorBytes(sources.mmproj)
  const hasTemplate = sources.gguf?.metadata['tokenizer.chat_template'] !== undefined
  return {
    path: job.path,
    format: finding.format,
    architecture,
    files: [...finding.files],
    ...(tensors !== undefined && { tensors }),
    ...(projectorBytes !== undefined && { projector_bytes: projectorBytes }),
    ...(hasTemplate && { has_chat_template: true }),
  }
}
