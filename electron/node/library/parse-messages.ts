import { z } from 'zod'
import { inspectionSchema } from '#shared/domain/inspection'
import { headroomErrorSchema } from '#shared/domain/result'
import { type InspectJob } from './finding'

/** Owner of the worker to the worker: one job a message. */
export interface ParseRequest {
  readonly id: number
  readonly job: InspectJob
}

/** What comes back. The worker reads foreign files, so its answer is foreign too and is checked like one. */
export const parseReplySchema = z.object({
  id: z.number().int(),
  result: z.union([
    z.object({ ok: z.literal(true), value: inspectionSchema }),
    z.object({ ok: z.literal(false), error: headroomErrorSchema }),
  ]),
})
export type ParseReply = z.infer<typeof parseReplySchema>
