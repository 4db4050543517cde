import { z } from 'zod'

/** One wish about one launch flag. `value: true` is a bare switch, `null` takes the flag out. */
export const flagChangeSchema = z.object({
  /** Canonical name: dashed, no leading dashes. */
  flag: z.string().min(1).max(200),
  value: z.union([z.string().max(10_000), z.literal(true), z.null()]),
})
export type FlagChange = z.infer<typeof flagChangeSchema>

export const diffLineSchema = z.object({
  kind: z.enum(['same', 'removed', 'added']),
  /** The tokens as they stand in the file, for one flag and its value. */
  tokens: z.array(z.string()),
  note: z.string().optional(),
})
export type DiffLine = z.infer<typeof diffLineSchema>

/** What a change of the launch flags would do; computed by one pure function for page, command line and commit. */
export const applyPlanSchema = z.object({
  before: z.union([z.array(z.string()), z.string()]),
  after: z.union([z.array(z.string()), z.string()]),
  diff: z.array(diffLineSchema),
  warnings: z.array(z.string()),
  /** Canonical names whose effective value changes. */
  changed: z.array(z.string()),
})
export type ApplyPlan = z.infer<typeof applyPlanSchema>
