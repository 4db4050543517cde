import { type Readable } from 'node:stream'
import { fail, ok, type Result } from '#shared/domain/result'
import { type EngineId } from '#shared/estimator/request'
import { createLogReader } from '#shared/runtime/log-lines/create-log-reader'
import { type LogFindings, type ObservedStart } from '#shared/runtime/log-lines/log-reader'
import { followFileLines } from './follow-lines'
import { type LineSink, readFileLines, readStreamLines } from './read-lines'

export interface ObserveLogRequest {
  /** A file, or an open stream (`--log -`). */
  readonly log: string | Readable
  readonly engine: EngineId
  /** Name by which a server log of several models is searched. */
  readonly model: string
  /** Read a growing file, or a stream, until the engine serves or has given up; a stream is left open then. */
  readonly isFollowing?: boolean
  readonly signal: AbortSignal
}

export interface Observation {
  readonly start: ObservedStart
  /** A failed start beside a good one. */
  readonly failure?: ObservedStart
}

/**
 * What the log of an engine says about its last start. Errors: MISSING_DATA when no start is complete,
 * UNSUPPORTED_ENGINE for the log of another engine, and those of reading.
 */
export async function observeLog(request: ObserveLogRequest): Promise<Result<Observation>> {
  const reader = createLogReader(request.engine, request.model)
  const { log, signal } = request
  if (typeof log === 'string' && request.isFollowing === true) {
    const followed = await followFileLines(log, (line) => reader.add(line), { isDone: () => reader.isSettled, signal })
    return followed.ok ? chooseObservation(reader.findings(), request.engine) : followed
  }
  const sink: LineSink = { line: (text) => reader.add(text), tail: (text) => reader.addLast(text) }
  const until = request.isFollowing === true ? { isDone: () => reader.isSettled } : {}
  const read =
    typeof log === 'string' ? readFileLines(log, sink, { signal }) : readStreamLines(log, sink, { signal, ...until })
  const done = await read
  return done.ok ? chooseObservation(reader.findings(), request.engine) : done
}

/** The good start, else the failed one. */
export function chooseObservation(findings: LogFindings, engine: EngineId): Result<Observation> {
  const { start, failure, stranger } = findings
  if (stranger !== undefined) {
    return fail('UNSUPPORTED_ENGINE', `This is a log of ${stranger}, which Headroom does not read.`, {
      hint: 'vLLM, llama.cpp and Ollama logs can be read.',
    })
  }
  if (start !== undefined) return ok({ start, ...(failure !== undefined && { failure }) })
  if (failure !== undefined) return ok({ start: failure })
  return fail('MISSING_DATA', `No complete start of ${engine} is in this log.`, {
    hint: 'Weights, cache and context must all be printed; check --engine, and for llama.cpp start it with -lv 4.',
  })
}
