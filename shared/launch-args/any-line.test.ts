import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { effectiveFlags } from './effective-flags'
import { type FlagChange } from './flag-change'
import { planApply } from './plan'
import { printTokens, tokenize } from './tokenize'

/**
 * Every form in which vLLM takes flags, mixed at random, against a plain model of what was written: an item knows its
 * words, what it says, and how it must look after a change. `npm run torture` tries far more lines.
 */
const isLong = process.env['HEADROOM_TORTURE'] !== undefined
const runs = { numRuns: isLong ? 50_000 : 1000 }

interface Item {
  /** Canonical name of the flag, or nothing for a word that is none. */
  readonly name?: string
  readonly words: readonly string[]
  /** Text that the engine ends up with; `true` and `false` for switches. */
  readonly says?: string | boolean
  /** The words after the flag was set to another value. */
  changed?(value: string | boolean): readonly string[]
}

const underscored = (name: string): string => name.replaceAll('-', '_')
const isDigits = (text: string): boolean => /^\d+$/.test(text)

/** `--a v`, `--a=v`, underscores wholly or half, a unique prefix, `-tp 2`, `-tp=2`, `-tp2`. */
function valueItem(name: string, values: readonly string[], more: { prefix?: string; short?: string } = {}) {
  const halfway = `${name.slice(0, name.lastIndexOf('-'))}_${name.slice(name.lastIndexOf('-') + 1)}`
  const longs = [
    name,
    underscored(name),
    ...(name.includes('-') ? [halfway] : []),
    ...(more.prefix ? [more.prefix] : []),
  ]
  const spellings = [...longs.map((long) => `--${long}`), ...(more.short ? [more.short] : [])]
  return fc
    .record({ spelling: fc.constantFrom(...spellings), value: fc.constantFrom(...values), how: fc.nat(2) })
    .map(({ spelling, value, how }): Item => {
      const isAttached = how === 2 && spelling === more.short && isDigits(value)
      const write = (text: string | boolean): readonly string[] => {
        if (isAttached && isDigits(String(text))) return [`${spelling}${text}`]
        return how === 0 ? [spelling, String(text)] : [`${spelling}=${text}`]
      }
      return { name, words: write(value), says: value, changed: write }
    })
}

/** `--x`, `--no-x`, `--x=False`, `--x False`, with underscores. */
function switchItem(name: string) {
  const spelled = [name, underscored(name)]
  const how = fc.constantFrom('on', 'off', '=False', '=true', 'word')
  return fc.record({ spelling: fc.constantFrom(...spelled), how }).map(({ spelling, how }): Item => {
    const no = spelling === name ? 'no-' : 'no_'
    switch (how) {
      case 'on':
      case 'off': {
        const write = (isOn: string | boolean) => [`--${isOn === true ? '' : no}${spelling}`]
        return { name, words: write(how === 'on'), says: how === 'on', changed: write }
      }
      case '=False':
        return {
          name,
          words: [`--${spelling}=False`],
          says: false,
          changed: (on) => [`--${spelling}=${on ? 'True' : 'False'}`],
        }
      case '=true':
        return { name, words: [`--${spelling}=true`], says: true, changed: (on) => [`--${spelling}=${on}`] }
      default:
        return {
          name,
          words: [`--${spelling}`, 'False'],
          says: false,
          changed: (on) => [`--${spelling}`, on ? 'True' : 'False'],
        }
    }
  })
}

const json = ['{"image":1,"video":0}', '{"image": 1, "note": "it\'s \\"x\\""}', '{}']
const flags = fc.oneof(
  valueItem('max-model-len', ['8192', '8k', '25.6k', '1M', '-1', 'auto'], { prefix: 'max-model-l' }),
  valueItem('gpu-memory-utilization', ['0.9', '0.90', '1'], { prefix: 'gpu-memory-util' }),
  valueItem('tensor-parallel-size', ['1', '2', '16'], { short: '-tp' }),
  valueItem('quantization', ['awq', 'fp8'], { short: '-q' }),
  valueItem('limit-mm-per-prompt', json),
  valueItem('chat-template', ['/a b/c=d.jinja', "it's", '$HOME `x` "', 'é\u{1f600}', '#no comment', 'a\\b', '']),
  valueItem('frobnicate', ['1', 'x y', '-0.5'], {}),
  switchItem('enforce-eager'),
  switchItem('enable-chunked-prefill'),
  fc.subarray(['1', '2', '4', '8'], { minLength: 1 }).map((sizes): Item => {
    const write = (text: string | boolean) => ['--cudagraph-capture-sizes', ...String(text).split(' ')]
    return { name: 'cudagraph-capture-sizes', words: write(sizes.join(' ')), says: sizes.join(' '), changed: write }
  }),
)
/** Dotted parts belong to the JSON of their flag; here they only have to stay where they are. */
const dotted = fc.constantFrom<Item>(
  { words: ['--compilation-config.mode', '3'] },
  { words: ['-cc.mode=none'] },
  { words: ['--hf_overrides.rope.factor=2.0'] },
  { words: ['--speculative-config.sizes+', '1,2'] },
  { words: ['--speculative-config.sizes+=3'] },
  { words: ['-O3'] },
)
const front = fc.constantFrom<readonly Item[]>([], [{ words: ['serve'] }, { words: ['org/model'] }])
const back = fc.constantFrom<readonly Item[]>(
  [],
  [{ words: ['--', '--max-model-len', '1', '--enforce-eager', 'x y'] }],
  [{ words: ['--'] }],
)
const items = fc
  .tuple(
    front,
    fc.array(fc.oneof({ weight: 6, arbitrary: flags }, { weight: 1, arbitrary: dotted }), { maxLength: 9 }),
    back,
  )
  .map((parts): readonly Item[] => parts.flat())

/** A word as a person may write it in a shell. */
const quote = (word: string): fc.Arbitrary<string> => {
  const ways = [
    `'${word.replaceAll("'", `'\\''`)}'`,
    `"${word.replace(/[\\"$`]/g, '\\$&')}"`,
    word === '' ? "''" : word.replace(/[^\w./=-]/gu, '\\$&'),
  ]
  return /^[\w./=-]+$/.test(word) ? fc.constantFrom(word, ...ways) : fc.constantFrom(...ways)
}
const gap = fc.constantFrom(' ', '  ', '\t', ' \\\n  ', '\n')

interface Line {
  readonly items: readonly Item[]
  readonly args: readonly string[] | string
}
const wordsOf = (parts: readonly Item[]): string[] => parts.flatMap((item) => [...item.words])
const listLine = items.map((parts): Line => ({ items: parts, args: wordsOf(parts) }))
const textLine = items.chain((parts) =>
  fc
    .tuple(...wordsOf(parts).map((word) => fc.tuple(gap, quote(word))))
    .map((words): Line => ({ items: parts, args: words.map(([space, word]) => space + word).join('') })),
)
const line = fc.oneof(listLine, textLine)

function read(args: readonly string[] | string): string[] {
  return tokenize(args).tokens.map((token) => token.text)
}

function apply(args: readonly string[] | string, change: FlagChange, removeDuplicates = false) {
  const plan = planApply({ extraArgs: args, changes: [change], removeDuplicates, dialect: 'vllm' })
  if (!plan.ok) throw new Error(plan.error.message)
  return plan.value.after
}

/** What a line says of one flag: the last one counts. */
function modelOf(parts: readonly Item[], name: string): string | boolean | undefined {
  return parts.findLast((item) => item.name === name)?.says
}

const wishes = fc.constantFrom<{ readonly flag: string; readonly value: string | true; readonly means?: boolean }>(
  { flag: 'max-model-len', value: '4096' },
  { flag: '--max_model_len', value: '-1' },
  { flag: 'gpu-memory-utilization', value: '0.5' },
  { flag: 'tensor-parallel-size', value: '8' },
  { flag: 'quantization', value: 'gptq' },
  { flag: 'limit-mm-per-prompt', value: '{"image": 7}' },
  { flag: 'chat-template', value: `new 'value' "here"` },
  { flag: 'frobnicate', value: 'two words' },
  { flag: 'enforce-eager', value: true, means: true },
  { flag: 'enable-chunked-prefill', value: 'false', means: false },
  { flag: 'cudagraph-capture-sizes', value: '3 5' },
)

describe('any line of flags in any form', { timeout: 300_000 }, () => {
  it('is printed as it was read', () => {
    fc.assert(
      fc.property(line, ({ items: parts, args }) => {
        expect(printTokens(tokenize(args))).toEqual(args)
        expect(read(args)).toEqual(wordsOf(parts))
      }),
      runs,
    )
  })

  it('is understood: the last occurrence, under its full name', () => {
    fc.assert(
      fc.property(line, ({ items: parts, args }) => {
        const flags = effectiveFlags(args, 'vllm')
        for (const name of new Set(parts.flatMap((item) => item.name ?? []))) {
          const says = modelOf(parts, name)
          expect([flags[name], flags[`no-${name}`]]).toEqual(
            typeof says === 'boolean' ? (says ? [true, undefined] : [undefined, true]) : [says, undefined],
          )
        }
      }),
      runs,
    )
  })

  it('changes in the last occurrence of the flag and nowhere else, in the form of the line', () => {
    fc.assert(
      fc.property(line, wishes, ({ items: parts, args }, wish) => {
        const name = wish.flag.replace(/^--/, '').replaceAll('_', '-')
        const after = apply(args, wish)
        expect(typeof after).toBe(typeof args)
        const last = parts.findLastIndex((item) => item.name === name)
        const isSaid = modelOf(parts, name) === (wish.means ?? wish.value)
        const changed = (item: Item, at: number): readonly string[] =>
          at === last && !isSaid ? (item.changed?.(wish.means ?? wish.value) ?? []) : item.words
        const words = read(after)
        if (last >= 0) expect(words).toEqual(parts.flatMap((item, at) => [...changed(item, at)]))
        else {
          // appended behind the other flags and before a literal --
          const end = parts.findIndex((item) => item.words[0] === '--')
          const [before, behind] = end < 0 ? [parts, []] : [parts.slice(0, end), parts.slice(end)]
          expect(words.slice(0, wordsOf(before).length)).toEqual(wordsOf(before))
          expect(words.slice(words.length - wordsOf(behind).length)).toEqual(wordsOf(behind))
        }
        expect(apply(after, wish)).toEqual(after)
      }),
      runs,
    )
  })

  it('loses every occurrence of a flag that is taken out, and nothing else', () => {
    fc.assert(
      fc.property(line, wishes, ({ items: parts, args }, { flag }) => {
        const name = flag.replace(/^--/, '').replaceAll('_', '-')
        const after = apply(args, { flag, value: null })
        expect(read(after)).toEqual(wordsOf(parts.filter((item) => item.name !== name)))
        if (!parts.some((item) => item.name === name)) expect(after).toEqual(args)
      }),
      runs,
    )
  })

  it('loses earlier duplicates only with consent', () => {
    fc.assert(
      fc.property(line, wishes, ({ items: parts, args }, wish) => {
        const name = wish.flag.replace(/^--/, '').replaceAll('_', '-')
        const last = parts.findLastIndex((item) => item.name === name)
        const kept = parts.filter((item, at) => item.name !== name || at === last)
        const isSaid = modelOf(parts, name) === (wish.means ?? wish.value)
        const expected = kept.flatMap((item) => [
          ...(item.name === name && !isSaid ? (item.changed?.(wish.means ?? wish.value) ?? []) : item.words),
        ])
        if (last >= 0) expect(read(apply(args, wish, true))).toEqual(expected)
      }),
      runs,
    )
  })
})
