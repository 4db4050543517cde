import { type DownloadProgress } from '#shared/hub/download-stage'
import { createRateMeter } from '#shared/hub/rate-meter'

const REDRAW_MS = 200
const PLAIN_EVERY_MS = 5_000

export interface ProgressOutput {
  readonly isTerminal: boolean
  readonly now: () => number
  write(text: string): void
}

/** Progress of a download on stderr: one line that is drawn anew in a terminal, a line now and then without one. */
export function createProgressLine(output: ProgressOutput): {
  show(progress: DownloadProgress): void
  finish(): void
} {
  const meter = createRateMeter()
  let last: { at: number; stage: string; waitingFor: string | undefined } | undefined
  let isOpen = false
  return {
    show(progress) {
      const at = output.now()
      const rate = meter.add(at, progress.stage, progress.doneBytes)
      const isNews = last?.stage !== progress.stage || last.waitingFor !== progress.waitingFor
      const every = output.isTerminal ? REDRAW_MS : PLAIN_EVERY_MS
      if (!isNews && last !== undefined && at - last.at < every) return
      last = { at, stage: progress.stage, waitingFor: progress.waitingFor }
      const line = progressText(progress, rate)
      output.write(output.isTerminal ? `\r\x1b[K${line}` : `${line}\n`)
      isOpen = output.isTerminal
    },
    finish() {
      if (isOpen) output.write('\n')
      isOpen = false
    },
  }
}

export function progressText(progress: DownloadProgress, bytesPerSecond: number | undefined): string {
  const { stage, doneBytes, totalBytes, filesDone, files, waitingFor } = progress
  if (waitingFor !== undefined) return `waiting: another process downloads ${waitingFor}`
  if (stage === 'reading') return 'reading architecture'
  if (stage === 'registering') return 'registering'
  const percent = totalBytes === 0 ? 100 : Math.floor((doneBytes / totalBytes) * 100)
  const speed =
    bytesPerSecond === undefined ? '' : `, ${mib(bytesPerSecond)} MiB/s${left(totalBytes - doneBytes, bytesPerSecond)}`
  return `${stage} ${percent} %, ${mib(doneBytes)} of ${mib(totalBytes)} MiB, ${filesDone} of ${files} files${speed}`
}

function left(bytes: number, bytesPerSecond: number): string {
  if (bytesPerSecond <= 0 || bytes <= 0) return ''
  const seconds = Math.ceil(bytes / bytesPerSecond)
  return seconds < 90 ? `, ${seconds} s left` : `, ${Math.ceil(seconds / 60)} min left`
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}
