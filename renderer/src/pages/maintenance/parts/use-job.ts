import { useState } from 'react'
import { type HeadroomError } from '#shared/domain/result'
import { type Reply } from '#shared/ipc/contract'
import { endJob, startJob } from '../../../stores/jobs'

export interface JobState<T> {
  readonly job?: string
  readonly report?: T
  readonly error?: HeadroomError
  /** Whether `report` is of a dry run or of what was written. */
  readonly dryRun: boolean
}

/** Runs one long call at a time and keeps its last report; a failure keeps the report that was shown. */
export function useJob<T>(kind: string, label: string) {
  const [state, setState] = useState<JobState<T>>({ dryRun: true })
  async function run(dryRun: boolean, invoke: (job: string) => Promise<Reply<T>>): Promise<Reply<T>> {
    const job = startJob(kind, label)
    setState(({ report, dryRun: before }) => ({ job, dryRun: before, ...(report === undefined ? {} : { report }) }))
    const reply = await invoke(job)
    endJob(job)
    setState(({ report, dryRun: before }) =>
      reply.ok
        ? { report: reply.value, dryRun }
        : { error: reply.error, dryRun: before, ...(report === undefined ? {} : { report }) },
    )
    return reply
  }
  return { state, run }
}
