import { fail, ok, type Result } from '#shared/domain/result'

/** A release such as `0.25.1`, or a llama.cpp build such as `b10256`. */
export type EngineVersion =
  | { readonly kind: 'release'; readonly major: number; readonly minor: number; readonly patch: number }
  | { readonly kind: 'build'; readonly build: number }

const RELEASE = /^v?(\d{1,5})\.(\d{1,5})(?:\.(\d{1,5}))?$/
const BUILD = /^b(\d{1,7})$/

/** Reads `MAJOR.MINOR[.PATCH]` or `bNNNN` (contract, section 3). Error: BAD_VALUE. */
export function parseEngineVersion(text: string): Result<EngineVersion> {
  const release = RELEASE.exec(text.trim())
  if (release !== null) {
    const [, major = '0', minor = '0', patch = '0'] = release
    return ok({ kind: 'release', major: Number(major), minor: Number(minor), patch: Number(patch) })
  }
  const build = BUILD.exec(text.trim())
  if (build !== null) return ok({ kind: 'build', build: Number(build[1]) })
  return fail('BAD_VALUE', `"${text}" is not an engine version.`, { hint: 'Write 0.25.1, or b10256 for llama.cpp.' })
}

/** True when `version` is the given release or a later one; a build number is no release and is never "at least" one. */
export function isAtLeast(version: EngineVersion, major: number, minorPatch: readonly [number, number?]): boolean {
  if (version.kind !== 'release') return false
  const [minor, patch = 0] = minorPatch
  if (version.major !== major) return version.major > major
  if (version.minor !== minor) return version.minor > minor
  return version.patch >= patch
}
