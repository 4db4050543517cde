import { cleanLines, strangerOf } from './clean-line'
import { llamaRules, readLlamaFailure } from './llama-lines'
import { LlamaRecord } from './llama-record'
import { type LogFindings, type LogReader, type ObservedStart } from './log-reader'

/** `0.00.352.484 I ` and `I ` of newer builds. */
const PREFIX = /^(?:\d+\.\d{2}\.\d{3}\.\d{3} )?[DIWE] (?=\S)/
/** A server starts, or loads its model again. */
const NEW_LOAD = /^(?:main: )?build(?::| =) \d+ \(|^srv\s+load_model: loading model/

export function stripLlamaPrefix(line: string): string {
  return line.replace(PREFIX, '')
}

/** Applies one cleaned line to a record. */
export function readLlamaLine(record: LlamaRecord, text: string): void {
  if (readLlamaFailure(record, text)) return
  for (const rule of llamaRules) {
    const match = rule.pattern.exec(text)
    if (match !== null) rule.apply(record, match)
  }
}

/** Reader of llama-server and llama-cli logs. */
export function createLlamaCppReader(): LogReader {
  let record = new LlamaRecord()
  let start: ObservedStart | undefined
  let failure: ObservedStart | undefined
  let stranger: string | undefined

  const close = (): void => {
    if (record.isComplete && record.failure === undefined) {
      start = record.toStart('started')
      failure = undefined
    } else if (record.failure !== undefined) failure = record.toStart('failed')
  }
  const addLine = (clean: string): void => {
    stranger ??= strangerOf(clean)
    const text = stripLlamaPrefix(clean)
    if (NEW_LOAD.test(text) && (record.models.length > 0 || record.failure !== undefined)) {
      close()
      record = new LlamaRecord()
    }
    readLlamaLine(record, text)
  }
  return {
    add(raw) {
      for (const line of cleanLines(raw)) addLine(line)
    },
    get isSettled() {
      return (record.isReady && record.isComplete) || record.failure !== undefined
    },
    findings(): LogFindings {
      close()
      return {
        ...(start !== undefined && { start }),
        ...(failure !== undefined && { failure }),
        ...(stranger !== undefined && start === undefined && { stranger }),
      }
    },
  }
}
