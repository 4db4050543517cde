import { fail, ok, type Result } from '../domain/result'

const MAX_PATH_BYTES = 1024
const MAX_SEGMENT_BYTES = 255
/** Device names of Windows, with or without an extension (`CON`, `con.txt`, `COM1`, `LPT¹`). */
const RESERVED = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\..*)?$/i
const WINDOWS_FORBIDDEN = /[<>:"|?*\\]/
const CONTROL = /\p{Cc}/u

/**
 * A file name that a stranger gave (a repository listing, an index) as a relative path inside one folder, with `/`.
 * Judged under POSIX and Windows rules at once, on every system and before any path is resolved: resolving alone can
 * already do harm (a UNC name sends credentials). UNSAFE_NAME otherwise.
 */
export function checkRepoPath(name: string): Result<string> {
  const problem = repoPathProblem(name)
  if (problem === undefined) return ok(name)
  return fail('UNSAFE_NAME', `A file name is not safe: it ${problem}.`, {
    hint: 'Nothing was created. Do not use this repository, or ask its owner to rename the file.',
  })
}

function repoPathProblem(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (CONTROL.test(name)) return 'holds a control character'
  if (byteLength(name) > MAX_PATH_BYTES) return 'is too long'
  if (name.startsWith('/')) return 'starts at the root'
  if (name.includes('\\')) return 'holds a backslash'
  if (/^[a-z]:/i.test(name)) return 'names a drive'
  for (const segment of name.split('/')) {
    const problem = segmentProblem(segment)
    if (problem !== undefined) return problem
  }
  return undefined
}

function segmentProblem(segment: string): string | undefined {
  if (segment === '') return 'holds an empty part'
  if (isDots(segment)) return 'leads out of its folder'
  // Some server or tool may decode it before or after us.
  const decoded = decodeTwice(segment)
  if (decoded === undefined || decoded.split(/[\\/]/).some(isDots) || /[\\/]/.test(decoded)) {
    return 'hides a path in percent signs'
  }
  if (WINDOWS_FORBIDDEN.test(segment)) return 'holds a character that Windows forbids'
  if (/[. ]$/.test(segment)) return 'has a part that ends in a dot or space'
  if (RESERVED.test(segment)) return 'uses a device name of Windows'
  if (byteLength(segment) > MAX_SEGMENT_BYTES) return 'has a part that is too long'
  return undefined
}

function isDots(segment: string): boolean {
  return segment === '.' || segment === '..'
}

/** Decoded percent forms; a stray `%` is harmless text, a hidden NUL is not. */
function decodeTwice(segment: string): string | undefined {
  let text = segment
  for (let round = 0; round < 2; round++) {
    text = text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
  }
  return text.includes('\0') ? undefined : text
}

/** Groups of names that are one file where case or Unicode form does not count (Windows, macOS). */
export function findNameTwins(names: readonly string[]): readonly (readonly string[])[] {
  const groups = new Map<string, string[]>()
  for (const name of names) {
    const folded = name.normalize('NFC').toLowerCase()
    const group = groups.get(folded)
    if (group === undefined) groups.set(folded, [name])
    else group.push(name)
  }
  return [...groups.values()].filter((group) => group.length > 1)
}

/** Length in UTF-8, without TextEncoder (which is no part of plain JavaScript). */
function byteLength(text: string): number {
  let bytes = 0
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  }
  return bytes
}
