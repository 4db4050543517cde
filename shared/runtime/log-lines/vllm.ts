import { cleanLines, execLast, strangerOf } from './clean-line'
import { type LogFindings, type LogReader, type ObservedStart } from './log-reader'
import { isSameModel } from './same-model'
import { readFailure } from './vllm-failures'
import { type VllmLine, vllmRules } from './vllm-lines'
import { VllmRecord } from './vllm-record'

/** `(EngineCore_DP0 pid=42)`, `(Worker_TP1 pid=7)`, `(VllmWorker rank=0 pid=9)`, Ray's, also several in a row. */
const PROCESS = /^\(([A-Za-z][\w:.#-]*)(?: [^()]{0,80}?(?:pid|rank|ip)=[^)]*)?\)\s*/
const LEVEL = /^(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) \d\d-\d\d \d\d:\d\d:\d\d (?:\[?[^\]:\s]+:\d+\] )?/
/** Where the engine's own line begins: behind a progress bar without its line end, or what a launcher puts before it. */
const HEAD =
  /(?:\([A-Za-z][^()]{0,100}\)\s{0,4}){0,4}(?:\[Stage-0\] )?(?:DEBUG|INFO|WARNING|ERROR) \d\d-\d\d \d\d:\d\d:\d\d /
/** vLLM-Omni runs several models one after the other; the first is the language model. */
const LATER_STAGE = /\[Stage-[1-9]\d*\] /
const PROGRESS = /^(?:DEBUG|INFO) \d\d-\d\d /
const NEW_ARGS = /non-default args: \{|\bargs: Namespace\(/
const NEW_ENGINE = /Initializing an? (?:V[01] )?LLM engine (?:\(v|with config:)/

/** Words without which no line says anything here: a server that runs for months prints little else. */
const TELLING =
  /memory|took|blocks|KV cache (?:size|is needed|format)|kv cache|block size|LLM engine|args: |max[ _](?:model|seq)[ _]len|batched_tokens|max_num_seqs|concurrency|version|budget of|for top-p|PyTorch-native|kv_cache_dtype|Model Runner|startup complete|utilization|[Ee]rror|Exception|Interrupt|[Ff]ailed|available/

/** Reader of vLLM logs, 0.4 to 0.31: several ranks, several loads in one log, refusals. */
export function createVllmReader(wanted?: string): LogReader {
  return new VllmReader(wanted)
}

class VllmReader implements LogReader {
  #record = new VllmRecord()
  readonly #wanted: string | undefined
  #start: { readonly found: ObservedStart; readonly isWanted: boolean } | undefined
  #failure: ObservedStart | undefined
  #stranger: string | undefined

  constructor(wanted: string | undefined) {
    this.#wanted = wanted
  }

  add(raw: string): void {
    for (const line of cleanLines(raw)) this.#addLine(line, false)
  }

  addLast(raw: string): void {
    const lines = cleanLines(raw)
    for (const [at, line] of lines.entries()) this.#addLine(line, at === lines.length - 1)
  }

  get isSettled(): boolean {
    return this.#record.isReady || this.#record.isFailed
  }

  findings(): LogFindings {
    this.#close()
    return {
      ...(this.#start !== undefined && { start: this.#start.found, isWanted: this.#start.isWanted }),
      ...(this.#failure !== undefined && { failure: this.#failure }),
      ...(this.#stranger !== undefined && this.#start === undefined && { stranger: this.#stranger }),
    }
  }

  #addLine(clean: string, isLast: boolean): void {
    this.#stranger ??= strangerOf(clean)
    if (LATER_STAGE.test(clean)) return
    const { line, process, isProgress } = stripPrefixes(clean)
    const isNewEngine = NEW_ENGINE.test(line.text)
    const isNewLoad = NEW_ARGS.test(line.text) && this.#record.hasBegun
    if (isNewLoad || isRestart(this.#record, isNewEngine, process)) {
      this.#close()
      this.#record = new VllmRecord()
    }
    if (isNewEngine) this.#record.initializers.add(process)
    if (isProgress) this.#record.lastException = undefined
    if (!TELLING.test(line.text)) return
    const exec = (pattern: RegExp) => (isLast ? execLast(pattern, line.text) : pattern.exec(line.text))
    readFailure(this.#record, line.text, exec)
    for (const rule of vllmRules) {
      const match = exec(rule.pattern)
      if (match !== null) rule.apply(this.#record, match, line)
    }
  }

  /** A refusal ends a load even when its memory lines were complete. */
  #close(): void {
    const record = this.#record
    if (record.isComplete && (record.isReady || !record.isFailed)) {
      const isWanted = isSameModel(record.names, this.#wanted)
      // The model that was asked for, else the last one.
      if (this.#start?.isWanted !== true || isWanted) this.#start = { found: record.toStart('started'), isWanted }
      this.#failure = undefined
    } else if (record.isFailed && !record.isReady) this.#failure = record.toStart('failed')
  }
}

/** The same process initialises again after memory was seen: another load. Another data-parallel engine is not. */
function isRestart(record: VllmRecord, isNewEngine: boolean, process: string): boolean {
  return isNewEngine && record.initializers.has(process) && record.hasMemory
}

interface Stripped {
  readonly line: VllmLine
  readonly process: string
  /** An ordinary line of the engine: whatever was raised before has not ended it. */
  readonly isProgress: boolean
}

function stripPrefixes(whole: string): Stripped {
  const clean = whole.slice(Math.max(0, whole.search(HEAD)))
  let text = clean
  let process = ''
  for (let match = PROCESS.exec(text); match !== null; match = PROCESS.exec(text)) {
    process ||= match[1] ?? ''
    text = text.slice(match[0].length).replace(/^\[Stage-0\] /, '')
  }
  // All of the prefix tells ranks apart: Ray's workers differ in nothing but pid and address.
  const rank = clean.slice(0, clean.length - text.length).trim()
  return { line: { text: text.replace(LEVEL, ''), rank }, process, isProgress: PROGRESS.test(text) }
}
