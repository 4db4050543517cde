import { cleanLines, execLast, strangerOf } from './clean-line'
import { isTelling, llamaRules, readLlamaFailure } from './llama-lines'
import { LlamaRecord } from './llama-record'
import { type LogFindings, type LogReader, type ObservedStart } from './log-reader'
import { isSameModel } from './same-model'

/** `0.00.352.484 I ` and `I ` of newer builds. */
const PREFIX = /^(?:\d+\.\d{2}\.\d{3}\.\d{3} )?[DIWE] (?=\S)/
/** A server starts, or loads its model again. */
const NEW_LOAD = /^(?:main: )?build(?::| =) \d+ \(|^srv\s+load_model: loading model|\bbuild info \|/

export function stripLlamaPrefix(line: string): string {
  return line.replace(PREFIX, '')
}

/** Applies one cleaned line to a record; the last one of a log may be cut. */
export function readLlamaLine(record: LlamaRecord, text: string, isLast = false): void {
  if (!isTelling(text) || readLlamaFailure(record, text)) return
  for (const rule of llamaRules) {
    const match = isLast ? execLast(rule.pattern, text) : rule.pattern.exec(text)
    if (match !== null) rule.apply(record, match)
  }
}

/** Reader of llama-server and llama-cli logs. */
export function createLlamaCppReader(wanted?: string): LogReader {
  let record = new LlamaRecord()
  let start: { readonly found: ObservedStart; readonly isWanted: boolean } | undefined
  let failure: ObservedStart | undefined
  let stranger: string | undefined

  const close = (): void => {
    if (record.failure !== undefined) failure = record.toStart('failed')
    else if (record.isComplete) {
      const isWanted = isSameModel(record.name, wanted)
      // The model that was asked for, else the last one.
      if (start?.isWanted !== true || isWanted) start = { found: record.toStart('started'), isWanted }
      failure = undefined
    }
  }
  const addLine = (clean: string, isLast: boolean): void => {
    stranger ??= strangerOf(clean)
    const text = stripLlamaPrefix(clean)
    if (NEW_LOAD.test(text) && (record.models.length > 0 || record.failure !== undefined)) {
      close()
      const version = record.facts.get('engine_version')
      record = new LlamaRecord()
      // The same program loads again.
      if (version !== undefined) record.facts.set('engine_version', version)
    }
    readLlamaLine(record, text, isLast)
  }
  return {
    add(raw) {
      for (const line of cleanLines(raw)) addLine(line, false)
    },
    addLast(raw) {
      const lines = cleanLines(raw)
      for (const [at, line] of lines.entries()) addLine(line, at === lines.length - 1)
    },
    get isSettled() {
      return (record.isReady && record.isComplete) || record.isOver
    },
    findings(): LogFindings {
      close()
      return {
        ...(start !== undefined && { start: start.found, isWanted: start.isWanted }),
        ...(failure !== undefined && { failure }),
        ...(stranger !== undefined && start === undefined && { stranger }),
      }
    },
  }
}
