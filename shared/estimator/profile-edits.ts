import { z } from 'zod'
import { fail, ok, type Result } from '#shared/domain/result'
import { builtInProfiles, type ProfilesFile, profileSchema, profilesFileSchema } from './profiles'

type Profile = ProfilesFile[string]

/** Fields that page and command line edit; `null` takes a value out, an absent one stays as it is. */
export const profilePatchSchema = z
  .object({
    description: z.string().max(1000).nullable(),
    non_torch_gib: profileSchema.shape.non_torch_gib.unwrap().nullable(),
    graph_gib: profileSchema.shape.graph_gib.unwrap().nullable(),
    activation_factor: profileSchema.shape.activation_factor.unwrap().nullable(),
  })
  .partial()
  .strict()
export type ProfilePatch = z.infer<typeof profilePatchSchema>

const name = z.string().min(1).max(300)

/** One change to the user's own profiles. Built-in ones cannot be changed, only copied. */
export const profileEditSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('create'), name, patch: profilePatchSchema }).strict(),
  z.object({ kind: z.literal('change'), name, patch: profilePatchSchema }).strict(),
  z.object({ kind: z.literal('duplicate'), name, as: name }).strict(),
  z.object({ kind: z.literal('rename'), name, as: name }).strict(),
  z.object({ kind: z.literal('delete'), name }).strict(),
  /** `replace`: profiles of these names may be there with other values. */
  z.object({ kind: z.literal('import'), profiles: profilesFileSchema, replace: z.boolean() }).strict(),
])
export type ProfileEdit = z.infer<typeof profileEditSchema>

/**
 * The profiles after an edit, in their order; what other programs wrote into a profile stays. Errors: BAD_VALUE for a
 * name or value that cannot be used, NOT_FOUND, CONFLICT when the name is taken.
 */
export function editProfiles(own: ProfilesFile, edit: ProfileEdit): Result<ProfilesFile> {
  switch (edit.kind) {
    case 'create':
      return added(own, edit.name, () => changed({}, edit.patch))
    case 'change':
      return withOwn(own, edit.name, (profile) => {
        const next = changed(profile, edit.patch)
        return next.ok ? ok(replaced(own, edit.name, [edit.name, next.value])) : next
      })
    case 'duplicate': {
      const profile = Object.hasOwn(own, edit.name) ? own[edit.name] : ownBuiltIn(edit.name)
      return profile === undefined ? missing(edit.name) : added(own, edit.as, () => ok(profile))
    }
    case 'rename':
      return withOwn(own, edit.name, (profile) => {
        if (edit.as === edit.name) return ok(own)
        const problem = nameProblem(own, edit.as)
        return problem ?? ok(replaced(own, edit.name, [edit.as, profile]))
      })
    case 'delete':
      return withOwn(own, edit.name, () => ok(replaced(own, edit.name)))
    case 'import':
      return imported(own, edit.profiles, edit.replace)
  }
}

/** Names that an import would overwrite with other values. */
export function importConflicts(own: ProfilesFile, profiles: ProfilesFile): readonly string[] {
  return Object.keys(profiles).filter(
    (key) => Object.hasOwn(own, key) && JSON.stringify(own[key]) !== JSON.stringify(profiles[key]),
  )
}

/** What an export holds: the built-in profiles with the user's own over them. */
export function exportedProfiles(own: ProfilesFile): ProfilesFile {
  return { ...builtInProfiles, ...own }
}

/** A free name for a copy: `ada_16gb copy`, `ada_16gb copy 2`. */
export function copyName(own: ProfilesFile, original: string): string {
  const base = `${original} copy`
  const isTaken = (text: string): boolean => Object.hasOwn(own, text) || Object.hasOwn(builtInProfiles, text)
  if (!isTaken(base)) return base
  let count = 2
  while (isTaken(`${base} ${count}`)) count += 1
  return `${base} ${count}`
}

function ownBuiltIn(key: string): Profile | undefined {
  return Object.hasOwn(builtInProfiles, key) ? builtInProfiles[key] : undefined
}

function missing(key: string): Result<never> {
  return fail('NOT_FOUND', `There is no profile "${key}".`)
}

function withOwn(
  own: ProfilesFile,
  key: string,
  edit: (profile: Profile) => Result<ProfilesFile>,
): Result<ProfilesFile> {
  const profile = Object.hasOwn(own, key) ? own[key] : undefined
  if (profile !== undefined) return edit(profile)
  if (ownBuiltIn(key) === undefined) return missing(key)
  return fail('BAD_VALUE', `"${key}" is built in and stays as it is.`, { hint: 'Duplicate it and change the copy.' })
}

function added(own: ProfilesFile, key: string, profile: () => Result<Profile>): Result<ProfilesFile> {
  const problem = nameProblem(own, key)
  if (problem !== undefined) return problem
  const made = profile()
  return made.ok ? ok({ ...own, [key]: made.value }) : made
}

const MOST_CHARACTERS = 100
/** Control and formatting characters would make two names look alike. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

function nameProblem(own: ProfilesFile, key: string): Result<never> | undefined {
  if (key.trim() === '' || key.trim() !== key || key.length > MOST_CHARACTERS || UNPRINTABLE.test(key)) {
    return fail('BAD_VALUE', 'A profile needs a name of 1 to 100 visible characters, without blanks at its ends.')
  }
  if (key === '__proto__') return fail('BAD_VALUE', 'This name cannot be used.')
  if (Object.hasOwn(own, key)) {
    return fail('CONFLICT', `There is a profile "${key}" already.`, { hint: 'Choose another name.' })
  }
  if (ownBuiltIn(key) === undefined) return undefined
  return fail('CONFLICT', `"${key}" is the name of a built-in profile.`, { hint: 'Choose another name.' })
}

/** The same profiles in the same order with one put in the place of another, or without it. */
function replaced(own: ProfilesFile, key: string, by?: readonly [string, Profile]): ProfilesFile {
  return Object.fromEntries(Object.entries(own).flatMap((pair) => (pair[0] === key ? (by ? [by] : []) : [pair])))
}

/** Older spellings first in force stay in use, so that an older program reads the new value too. */
const OVERHEAD_KEYS = ['non_torch_gib', 'overhead_gib', 'base_overhead_gib'] as const

function changed(profile: Profile, patch: ProfilePatch): Result<Profile> {
  const next: Record<string, unknown> = { ...profile }
  const set = (key: string, value: unknown): void => {
    if (value === null) delete next[key]
    else next[key] = value
  }
  const overhead = patch.non_torch_gib
  if (overhead === null) for (const key of OVERHEAD_KEYS) delete next[key]
  else if (overhead !== undefined)
    set(OVERHEAD_KEYS.find((key) => profile[key] !== undefined) ?? 'non_torch_gib', overhead)
  for (const key of ['description', 'graph_gib', 'activation_factor'] as const) {
    if (patch[key] !== undefined) set(key, patch[key])
  }
  const parsed = profileSchema.safeParse(next)
  if (parsed.success) return ok(parsed.data)
  const field = parsed.error.issues[0]?.path[0] ?? 'a value'
  return fail('BAD_VALUE', `"${String(field)}" cannot be used.`, {
    hint: 'Write GiB as a number or as low, likely and high in rising order; a factor above 0 and up to 10.',
  })
}

function imported(own: ProfilesFile, profiles: ProfilesFile, mayReplace: boolean): Result<ProfilesFile> {
  const conflicts = importConflicts(own, profiles)
  if (conflicts.length > 0 && !mayReplace) {
    return fail('CONFLICT', `These profiles are there with other values: ${conflicts.join(', ')}.`, {
      hint: 'Replace them, or rename your own first.',
    })
  }
  // Names are not held against the rules for new ones: an older file may carry those of the built-in profiles. What an
  // export took from the built-in ones unchanged would only hide them.
  const news = Object.entries(profiles).filter(
    ([key, profile]) => Object.hasOwn(own, key) || JSON.stringify(profile) !== JSON.stringify(ownBuiltIn(key)),
  )
  return ok({ ...own, ...Object.fromEntries(news) })
}
