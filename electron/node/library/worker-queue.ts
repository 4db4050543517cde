import { type Inspection } from '#shared/domain/inspection'
import { fail, type Result } from '#shared/domain/result'
import { type InspectJob } from './finding'
import { ParseWorker } from './parse-worker-handle'

export interface WorkerSettings {
  /** The built `parse-worker` beside the program. */
  readonly workerUrl: URL
  /** Time for one file or folder. */
  readonly deadlineMs?: number
  /** Ceiling of the worker's heap. */
  readonly heapMiB?: number
}

interface Waiting {
  readonly job: InspectJob
  readonly signal: AbortSignal | undefined
  readonly answer: (result: Result<Inspection>) => void
}

/** One worker, one job at a time, in order. A worker that ended is replaced for the next job. */
export class WorkerQueue {
  private readonly waiting: Waiting[] = []
  private worker: ParseWorker | undefined
  private running: Promise<void> | undefined

  constructor(private readonly settings: WorkerSettings) {}

  run(job: InspectJob, signal: AbortSignal | undefined): Promise<Result<Inspection>> {
    return new Promise((answer) => {
      this.waiting.push({ job, signal, answer })
      this.running ??= this.drain()
    })
  }

  /** Answers every open job with CANCELLED and ends the worker; further jobs start a new one. */
  async close(): Promise<void> {
    for (const { job, answer } of this.waiting.splice(0)) answer(cancelled(job.path))
    await this.worker?.end(fail('CANCELLED', 'The program is closing.'))
    this.worker = undefined
    await this.running
  }

  private async drain(): Promise<void> {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) await this.runNext(next)
    this.running = undefined
  }

  private async runNext({ job, signal, answer }: Waiting): Promise<void> {
    if (signal?.aborted === true) return answer(cancelled(job.path))
    const { workerUrl, heapMiB = 512, deadlineMs = 30_000 } = this.settings
    if (this.worker === undefined || this.worker.isDead) this.worker = new ParseWorker(workerUrl, heapMiB)
    answer(await this.worker.run(job, { deadlineMs, signal }))
  }
}

function cancelled(path: string): ReturnType<typeof fail> {
  return fail('CANCELLED', 'Reading this model was cancelled.', { path })
}
