import { type Json } from '#shared/domain/json'

/** What one start told, complete enough to be kept. Metric keys are those of the contract, section 4. */
export interface ObservedStart {
  readonly outcome: 'started' | 'failed'
  readonly metrics: Readonly<Record<string, Json>>
  /** Launch flags that the log itself states (only those that change memory: the rest may hold secrets). */
  readonly extraArgs?: readonly string[]
  readonly servedModelId?: string
}

export interface LogFindings {
  /** The last complete start. */
  readonly start?: ObservedStart
  /** The last failed start after it (or at all). */
  readonly failure?: ObservedStart
  /** The start is of the model that was asked for by name. */
  readonly isWanted?: boolean
  /** An engine whose logs are not read here. */
  readonly stranger?: string
}

/** Reads the log of one engine line by line, in bounded memory. Never throws, never invents. */
export interface LogReader {
  /** One raw line without its newline. */
  add(line: string): void
  /** Text after the last newline: it may be cut, so only values that are whole by themselves are taken. */
  addLast(text: string): void
  /** True as soon as the engine serves requests, or has given up. */
  readonly isSettled: boolean
  findings(): LogFindings
}
