import { type Inspection } from '#shared/domain/inspection'
import { type JsonObject } from '#shared/domain/json'

/** A model that another program keeps on this disk. Nothing of it is moved or copied. */
export interface ImportCandidate {
  readonly name: string
  /** What is inspected: a folder or a file. */
  readonly path: string
  /** What the entry says in `download_path`; default: `path`. */
  readonly downloadPath?: string
  /** Keys of the entry that the other program knows better than the files do. */
  readonly entry: JsonObject
  /** SHA-256 of weight files, where the other program has them: tells the same content under another name. */
  readonly weights: readonly string[]
  /** Changes what was read, e.g. the origins. */
  readonly refine?: (inspection: Inspection) => Inspection
  /** A vision projector that is kept apart. */
  readonly projectorPath?: string
  /**
   * What another program says of a model whose files are not looked at. It knows less than the files do, so it never
   * takes the place of what was read from them.
   */
  readonly told?: Inspection
}

export interface Candidates {
  readonly found: readonly ImportCandidate[]
  /** What could not be used, with the reason. */
  readonly skipped: readonly string[]
}
