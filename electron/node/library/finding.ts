import { type RawSources } from '#shared/architecture/raw'
import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { type Inspection, type InspectionFormat } from '#shared/domain/inspection'
import { roleByName } from '#shared/library/detect-format'
import { type HeaderReader } from '../gguf/read-gguf-model'
import { type FolderFile } from './list-model-folder'

/** One request to look at a path; plain data, so that it can cross into the worker. */
export interface InspectJob {
  readonly path: string
  readonly supportDir?: string
  /** What the registry holds now; its fields of origin `manual` survive. */
  readonly stored?: ArchitectureMetadata
  /** The files hold only headers that were fetched from a hub: GGUF headers are read through `@huggingface/gguf`. */
  readonly isRemote?: boolean
  /** ISO 8601 UTC, from the caller's clock. */
  readonly collectedAt: string
}

/** A job inside one thread: with the reader of GGUF headers, which cannot cross into the worker. */
export interface ReadJob extends InspectJob {
  /** Default: our own reader. */
  readonly readHeader?: HeaderReader
}

/** What was found at a path, before interpretation. */
export interface Finding {
  readonly format: InspectionFormat
  readonly sources: RawSources
  readonly files: Inspection['files']
  readonly warnings: readonly string[]
}

/** Files with their roles: by name, unless the readers found out better. */
export function filesWithRoles(
  files: readonly FolderFile[],
  roles: ReadonlyMap<string, string> = new Map(),
): Inspection['files'] {
  return files.map(({ path, bytes }) => ({ path, bytes, role: roles.get(path) ?? roleByName(path) }))
}
