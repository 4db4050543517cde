import { create } from 'zustand'
import { type EventPayload } from '#shared/ipc/events'
import { call } from '../api/call'

export type JobProgress = EventPayload<'job:progress'>

interface JobState {
  /** Running jobs by id; a job is listed from `startJob` to `endJob`. */
  readonly running: Readonly<Record<string, JobProgress>>
}

export const useJobs = create<JobState>(() => ({ running: {} }))

let serial = 0

/** A fresh job id for a long call (`maintenance:migrate`, ...), listed as running. */
export function startJob(kind: string, label: string): string {
  serial += 1
  const job = `${kind}-${serial}`
  showProgress({ job, done: 0, total: 0, label })
  return job
}

export function showProgress(progress: JobProgress): void {
  useJobs.setState((state) => ({ running: { ...state.running, [progress.job]: progress } }))
}

/** Progress from main counts only while the page itself runs the job: a late message must not revive it. */
export function takeProgress(progress: JobProgress): void {
  if (Object.hasOwn(useJobs.getState().running, progress.job)) showProgress(progress)
}

export function endJob(job: string): void {
  useJobs.setState((state) => {
    const { [job]: _ended, ...running } = state.running
    return { running }
  })
}

export async function cancelJob(job: string): Promise<void> {
  await call('jobs:cancel', { job })
}
