import { z } from 'zod'
import { inspectionSchema } from '#shared/domain/inspection'
import {
  cleanedSchema,
  downloadFolderSchema,
  downloadLimitsSchema,
  downloadsStateSchema,
  folderActionSchema,
  leftoverSchema,
  lookupQuestionSchema,
  lookupSchema,
  newDownloadSchema,
  proposedFlagsSchema,
  tokenStatusSchema,
  variantChoiceSchema,
} from './downloads'

const id = z.string().min(1).max(1000)
const none = z.object({}).strict()

/** Everything behind the Downloads page; part of the one table of calls. */
export const downloadChannels = {
  'downloads:state': { input: none, output: downloadsStateSchema },
  /** What a person pasted, as the hub has it; nothing is downloaded. */
  'downloads:lookup': { input: lookupQuestionSchema, output: lookupSchema },
  /** Architecture of one set of weights from its remote headers. */
  'downloads:inspect': { input: variantChoiceSchema, output: inspectionSchema },
  /** Gives up every look-up and reading of headers that is under way. */
  'downloads:stop': { input: none, output: none },
  'downloads:add': { input: newDownloadSchema, output: downloadsStateSchema },
  'downloads:act': {
    input: z.object({ id, action: z.enum(['pause', 'resume', 'cancel', 'up', 'down']) }).strict(),
    output: downloadsStateSchema,
  },
  'downloads:all': {
    input: z.object({ action: z.enum(['pause', 'resume', 'clear']) }).strict(),
    output: downloadsStateSchema,
  },
  /** Takes effect at once and is remembered; a value left out is no limit. */
  'downloads:limits': { input: downloadLimitsSchema, output: downloadsStateSchema },
  /** Where the next downloads go, remembered; null when the dialog of `choose` was cancelled. */
  'downloads:folder': { input: folderActionSchema, output: downloadFolderSchema.nullable() },
  /** What unfinished and refused downloads left on the disk. */
  'downloads:leftovers': { input: none, output: z.array(leftoverSchema) },
  /** Removes leftovers by id; what the queue or another program still uses stays. */
  'downloads:clean': { input: z.object({ ids: z.array(id).min(1).max(10_000) }).strict(), output: cleanedSchema },
  /** First launch flags for an entry (default: the detected cards); writing them is `models:apply`, after consent. */
  'downloads:propose': {
    input: z.object({ id, gpu: z.string().min(1).max(300).optional() }).strict(),
    output: proposedFlagsSchema,
  },
  /** Stores the hub's token in the system's secret store; null forgets it. It never comes back to the page. */
  'downloads:token': {
    input: z.object({ token: z.string().min(1).max(500).nullable(), allow_plain: z.boolean() }).strict(),
    output: tokenStatusSchema,
  },
} as const
