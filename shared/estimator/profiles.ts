import { z } from 'zod'
import { fail, ok, type Result } from '#shared/domain/result'
import { GIB } from '#shared/domain/units'
import { exactly } from './quantity'
import { type Interval, type LearnedFrom, type OverheadProfile, type PlanGpu } from './request'

/**
 * Overhead profiles in the older JSON shape: an object of named profiles, each with any of the fields below (GiB as
 * users write them). A number is exact; `[low, likely, high]` carries doubt. Unknown fields are kept when written back.
 */
const amount = z.union([
  z.number().nonnegative(),
  z
    .tuple([z.number().nonnegative(), z.number().nonnegative(), z.number().nonnegative()])
    .refine(([low, likely, high]) => low <= likely && likely <= high),
])
export const profileSchema = z.looseObject({
  description: z.string().optional(),
  non_torch_gib: amount.optional(),
  graph_gib: amount.optional(),
  activation_factor: z.number().positive().max(10).optional(),
  /** Older spellings of the fixed overhead. */
  overhead_gib: amount.optional(),
  base_overhead_gib: amount.optional(),
  /** Learned from measured starts: used for the same kind of card and release only. */
  learned_from: z
    .object({
      card_gib: z.number().positive(),
      card_name: z.string().optional(),
      release: z.string(),
      several_gpus: z.boolean(),
    })
    .optional(),
})
export const profilesFileSchema = z.record(z.string().min(1), profileSchema)
export type ProfilesFile = z.infer<typeof profilesFileSchema>

/**
 * Built-in profiles. `default` leaves every term to the engine's own model (measured starts); the others carry what
 * starts on that family of cards reported.
 */
export const builtInProfiles: ProfilesFile = {
  default: { description: 'Typical of measured starts; every term from the engine model.' },
  ada_16gb: {
    description: 'Ada cards of 16 GB with a display attached.',
    non_torch_gib: [0.05, 0.2, 0.5],
  },
  hopper_80gb: {
    description: 'H100 and H200: measured starts report 0.13 GiB outside torch.',
    non_torch_gib: [0.1, 0.13, 0.3],
  },
  studio_dual: {
    description: 'Two workstation cards with NCCL between them.',
    non_torch_gib: [0.3, 0.6, 1.4],
  },
}

/** Reads a profiles file. Errors: BAD_JSON, BAD_VALUE naming the profile. */
export function parseProfiles(text: string): Result<ProfilesFile> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return fail('BAD_JSON', 'The profiles file is not valid JSON.', { hint: 'Repair it or delete it.' })
  }
  const parsed = profilesFileSchema.safeParse(value)
  if (parsed.success) return ok(parsed.data)
  const path = parsed.error.issues[0]?.path.join('.') ?? ''
  return fail('BAD_VALUE', `The profiles file has an unusable value at "${path}".`, {
    hint: 'Write GiB as a number, or as [low, likely, high].',
  })
}

/** The file as it is written back: stable order, two spaces, newline last. */
export function writeProfiles(profiles: ProfilesFile): string {
  return `${JSON.stringify(profiles, null, 2)}\n`
}

/** A profile by name, from `profiles` and then from the built-in ones. Error: NOT_FOUND. */
export function profileNamed(name: string, profiles: ProfilesFile = {}): Result<OverheadProfile> {
  const isOwn = Object.hasOwn(profiles, name)
  const found = isOwn ? profiles[name] : Object.hasOwn(builtInProfiles, name) ? builtInProfiles[name] : undefined
  if (found === undefined) {
    const names = [...new Set([...Object.keys(builtInProfiles), ...Object.keys(profiles)])].join(', ')
    return fail('NOT_FOUND', `There is no overhead profile "${name}".`, { hint: `Use one of ${names}.` })
  }
  const nonTorch = found.non_torch_gib ?? found.overhead_gib ?? found.base_overhead_gib
  return ok({
    name,
    source: isOwn ? 'profile:settings' : 'profile:built-in',
    ...(nonTorch === undefined ? {} : { nonTorchBytes: toBytes(nonTorch) }),
    ...(found.graph_gib === undefined ? {} : { graphBytes: toBytes(found.graph_gib) }),
    ...(found.activation_factor === undefined ? {} : { activationFactor: found.activation_factor }),
    ...(found.learned_from === undefined ? {} : { learnedFrom: learnedFrom(found.learned_from) }),
  })
}

function learnedFrom(told: NonNullable<ProfilesFile[string]['learned_from']>): LearnedFrom {
  const { card_gib: cardGib, card_name: cardName, release, several_gpus: severalGpus } = told
  return { cardGib, release, severalGpus, ...(cardName !== undefined && { cardName }) }
}

function toBytes(gib: number | readonly [number, number, number]): Interval {
  if (typeof gib === 'number') return exactly(Math.round(gib * GIB))
  const [low, likely, high] = gib
  return { low: Math.round(low * GIB), likely: Math.round(likely * GIB), high: Math.round(high * GIB) }
}

/** Name of the profile that suits the cards of a plan. */
export function suggestedProfile(gpus: readonly PlanGpu[]): string {
  const [first] = gpus
  if (first === undefined) return 'default'
  const name = first.name ?? ''
  if (gpus.length === 2 && /rtx|quadro|radeon pro/i.test(name)) return 'studio_dual'
  if (/\bh(100|200|800)\b/i.test(name)) return 'hopper_80gb'
  const isSixteen = first.totalBytes > 15 * GIB && first.totalBytes < 17 * GIB
  return isSixteen && /rtx 4\d{3}|ada/i.test(name) ? 'ada_16gb' : 'default'
}
