import { expect, it } from 'vitest'
import { createJobs } from './jobs'

it('cancels a job by the name its window gave it, and only there', () => {
  const jobs = createJobs()
  const job = jobs.start(1, 'migrate')
  if (!job.ok) throw new Error('the job did not start')
  expect(jobs.cancel(2, 'migrate')).toBe(false)
  expect(job.value.signal.aborted).toBe(false)
  expect(jobs.cancel(1, 'migrate')).toBe(true)
  expect(job.value.signal.aborted).toBe(true)
})

it('counts what runs, refuses the same name twice, and forgets what has ended', () => {
  const jobs = createJobs()
  const job = jobs.start(1, 'a')
  if (!job.ok) throw new Error('the job did not start')
  expect(jobs.start(1, 'a')).toMatchObject({ ok: false, error: { code: 'BUSY' } })
  expect(jobs.running).toBe(1)
  job.value.finish()
  expect(jobs.running).toBe(0)
  expect(jobs.cancel(1, 'a')).toBe(false)
})

it('stops the work of a closed window and leaves that of others', () => {
  const jobs = createJobs()
  const [first, other] = [jobs.start(1, 'a'), jobs.start(11, 'a')]
  if (!first.ok || !other.ok) throw new Error('the jobs did not start')
  jobs.cancelAll(1)
  expect([first.value.signal.aborted, other.value.signal.aborted]).toEqual([true, false])
  jobs.cancelAll()
  expect(other.value.signal.aborted).toBe(true)
})
