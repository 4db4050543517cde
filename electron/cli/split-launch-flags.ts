import { type Command } from 'commander'
import { flagDialects } from '#shared/launch-args/catalogue'
import { type FlagOccurrence, parseFlags } from '#shared/launch-args/parse-flags'

/** Engines have these too; on this line they are ours. */
const OURS: ReadonlySet<string> = new Set(['-h', '--help', '-V', '--version'])

/** Hidden option through which the launch flags of a line reach their command, as a JSON list of words. */
export const LAUNCH_FLAGS_OPTION = '--launch-flag-words'

/**
 * Takes the launch flags of engines (`-tp 2`, `--max_model_len=32k`, `--no-enable-prefix-caching`) out of a command
 * line and puts them behind one hidden option; everything else is left for commander. Options of the command itself
 * come first, and a flag that no engine knows stays, so that it is refused as unknown.
 */
export function splitLaunchFlags(command: Command, argv: readonly string[]): readonly string[] {
  const rest: string[] = []
  const taken: string[] = []
  let segment: string[] = []
  const flush = () => {
    const split = splitSegment(segment)
    rest.push(...split.rest)
    taken.push(...split.taken)
    segment = []
  }
  const end = argv.indexOf('--')
  const words = end < 0 ? argv : argv.slice(0, end)
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    const own = ownOption(command, word)
    if (own === undefined) {
      segment.push(word)
      continue
    }
    flush()
    rest.push(word)
    if (own === 'takes-next' && at + 1 < words.length) rest.push(words[++at] ?? '')
  }
  flush()
  const tail = end < 0 ? [] : argv.slice(end)
  return taken.length === 0 ? [...rest, ...tail] : [...rest, LAUNCH_FLAGS_OPTION, JSON.stringify(taken), ...tail]
}

function ownOption(command: Command, word: string): 'takes-next' | 'alone' | undefined {
  const [head = ''] = word.split('=')
  const option = command.options.find((one) => one.long === head || one.short === head)
  if (option === undefined) return undefined
  return option.required && !word.includes('=') ? 'takes-next' : 'alone'
}

/**
 * The first engine that knows a word as a flag decides how many words belong to it. Flags without bearing on memory are
 * taken too, so that a whole launch line can be pasted; a word that no engine knows is refused later.
 */
function splitSegment(words: readonly string[]): {
  readonly rest: readonly string[]
  readonly taken: readonly string[]
} {
  const tokens = words.map((text) => ({ text, raw: text, lead: '' }))
  const owner = new Map<number, FlagOccurrence>()
  for (const dialect of flagDialects) {
    for (const occurrence of parseFlags(tokens, dialect).occurrences) {
      const isFlag = occurrence.known !== undefined && !occurrence.isAbbreviated && !OURS.has(occurrence.spelling)
      if (isFlag && !owner.has(occurrence.at)) owner.set(occurrence.at, occurrence)
    }
  }
  const rest: string[] = []
  const taken: string[] = []
  for (let at = 0; at < words.length; ) {
    const occurrence = owner.get(at)
    const count = occurrence?.tokenCount ?? 1
    const into = occurrence === undefined ? rest : taken
    into.push(...words.slice(at, at + count))
    at += count
  }
  return { rest, taken }
}
