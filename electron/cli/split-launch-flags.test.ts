import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { LAUNCH_FLAGS_OPTION, splitLaunchFlags } from './split-launch-flags'

const command = new Command('estimate').option('--json').option('--gpu-memory <gib>').option('--extra-args <line>')

function split(...argv: string[]): { rest: readonly string[]; taken: readonly string[] } {
  const words = splitLaunchFlags(command, ['estimate', ...argv])
  const at = words.indexOf(LAUNCH_FLAGS_OPTION)
  if (at < 0) return { rest: words.slice(1), taken: [] }
  return { rest: [...words.slice(1, at), ...words.slice(at + 2)], taken: JSON.parse(words[at + 1] ?? '') }
}

describe('splitLaunchFlags', () => {
  it.each([
    [
      ['m', '--max-model-len', '8k', '--json'],
      ['m', '--json'],
      ['--max-model-len', '8k'],
    ],
    [['--max_model_len=-1', 'm'], ['m'], ['--max_model_len=-1']],
    [['-tp', '2', 'm'], ['m'], ['-tp', '2']],
    [['--enforce-eager', 'm'], ['m'], ['--enforce-eager']],
    [['--no-enable-prefix-caching', 'm'], ['m'], ['--no-enable-prefix-caching']],
    [['-c', '4096', '-ngl', 'all', 'm'], ['m'], ['-c', '4096', '-ngl', 'all']],
    [['m', '--gpu-memory', '24'], ['m', '--gpu-memory', '24'], []],
    [['m', '--extra-args', '--max-model-len 8'], ['m', '--extra-args', '--max-model-len 8'], []],
    [['m', '--extra-args=--enforce-eager'], ['m', '--extra-args=--enforce-eager'], []],
    [['m', '--max-modle-len', '8'], ['m', '--max-modle-len', '8'], []],
    [['--mamba-cache-dtype', 'float32', 'm'], ['m'], ['--mamba-cache-dtype', 'float32']],
    [['--trust-remote-code', 'm', '-h'], ['m', '-h'], ['--trust-remote-code']],
    [['m', '--', '--max-model-len', '8'], ['m', '--', '--max-model-len', '8'], []],
  ])('%j', (argv, rest, taken) => {
    expect(split(...argv)).toEqual({ rest, taken })
  })
})
