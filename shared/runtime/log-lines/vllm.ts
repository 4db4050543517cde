import { cleanLines, strangerOf } from './clean-line'
import { type LogFindings, type LogReader, type ObservedStart } from './log-reader'
import { readFailure } from './vllm-failures'
import { type VllmLine, vllmRules } from './vllm-lines'
import { VllmRecord } from './vllm-record'

/** `(EngineCore_DP0 pid=42)`, `(Worker_TP1 pid=7)`, `(VllmWorker rank=0 pid=9)`, also several in a row. */
const PROCESS = /^\(([A-Za-z]\w*)((?: (?:pid|rank|ip)=[^)]*)?)\)\s*/
const LEVEL = /^(?:DEBUG|INFO|WARNING|ERROR) \d\d-\d\d \d\d:\d\d:\d\d (?:\[?[^\]:\s]+:\d+\] )?/
const NEW_ARGS = /non-default args: \{/
const NEW_ENGINE = /Initializing an? (?:V[01] )?LLM engine \(v/

/** Reader of vLLM logs, 0.4 to 0.31: several ranks, several loads in one log, refusals. */
export function createVllmReader(): LogReader {
  let record = new VllmRecord()
  let start: ObservedStart | undefined
  let failure: ObservedStart | undefined
  let stranger: string | undefined

  const close = (): void => {
    const isFailed = record.failure !== undefined || record.deathNotice !== undefined
    // A refusal ends a load even when its memory lines were complete.
    if (record.isReady ? record.isComplete : record.isComplete && !isFailed) {
      start = record.toStart('started')
      failure = undefined
    } else if (isFailed && !record.isReady) failure = record.toStart('failed')
  }
  const addLine = (clean: string): void => {
    stranger ??= strangerOf(clean)
    const { line, process } = stripPrefixes(clean)
    const isNewEngine = NEW_ENGINE.test(line.text)
    if (
      (NEW_ARGS.test(line.text) && record.facts.size + record.weights.size > 0) ||
      isRestart(record, isNewEngine, process)
    ) {
      close()
      record = new VllmRecord()
    }
    if (isNewEngine) record.initializer = process
    if (readFailure(record, line.text)) return
    for (const rule of vllmRules) {
      const match = rule.pattern.exec(line.text)
      if (match !== null) rule.apply(record, match, line)
    }
  }
  return {
    add(raw) {
      for (const line of cleanLines(raw)) addLine(line)
    },
    get isSettled() {
      return record.isReady || record.failure !== undefined || record.deathNotice !== undefined
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

/** The same process initialises again after memory was seen: another load. Another data-parallel engine is not. */
function isRestart(record: VllmRecord, isNewEngine: boolean, process: string): boolean {
  return isNewEngine && record.initializer === process && record.hasMemory
}

function stripPrefixes(clean: string): { readonly line: VllmLine; readonly process: string } {
  let text = clean
  let process = ''
  let rank = ''
  for (let match = PROCESS.exec(text); match !== null; match = PROCESS.exec(text)) {
    process ||= match[1] ?? ''
    rank = `${match[1] ?? ''}${/ rank=(\d+)/.exec(match[2] ?? '')?.[1] ?? ''}`
    text = text.slice(match[0].length)
  }
  // "[repeated 6x across cluster]" stands at the end and says nothing new.
  return { line: { text: text.replace(LEVEL, ''), rank }, process }
}
