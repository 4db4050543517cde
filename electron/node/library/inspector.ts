import { type Inspection } from '#shared/domain/inspection'
import { type Result } from '#shared/domain/result'

export interface InspectOptions {
  /** Directory with the config of the base model, when the model's own is missing. */
  readonly supportDir?: string
  readonly signal?: AbortSignal
}

/** Reads model files. Untrusted content is parsed in a worker under a deadline and a heap ceiling. */
export interface Inspector {
  /** A file or directory on disk; errors are coded, with byte offset where there is one. */
  inspect(path: string, options?: InspectOptions): Promise<Result<Inspection>>
  /** Ends the worker; further calls start a new one. */
  close(): Promise<void>
}
