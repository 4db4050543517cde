import { describe, expect, it } from 'vitest'
import { findFlag, findSpec, flagDialects, memoryFlags, ownsFlag } from './catalogue'
import { canonicalName } from './parse-flags'
import { helpOf } from './warnings'

describe('the catalogue', () => {
  it.each(flagDialects)('of %s has one line of help, a unique name and findable spellings for each flag', (dialect) => {
    const specs = memoryFlags(dialect)
    expect(new Set(specs.map((spec) => spec.name)).size).toBe(specs.length)
    for (const spec of specs) {
      expect(spec.effect).toMatch(/^\S.*\.$/)
      expect(helpOf(dialect, spec.name)).toContain(spec.effect)
      for (const spelling of [`--${spec.name}`, ...spec.aliases, spec.writeAs ?? `--${spec.name}`]) {
        expect(findFlag(dialect, spelling)).toMatchObject({ name: spec.name, isNegated: false })
      }
      if (spec.kind === 'switch')
        expect(findFlag(dialect, `--no-${spec.name}`)).toMatchObject({ name: spec.name, isNegated: true })
      expect(findSpec(dialect, spec.name)).toBe(spec)
    }
  })

  it.each([
    ['vllm', 'max_model_len', 'max-model-len'],
    ['vllm', '-tp', 'tensor-parallel-size'],
    ['vllm', '--no_enforce_eager', 'no-enforce-eager'],
    ['vllm', '--kv-cache-memory', 'kv-cache-memory-bytes'],
    ['llama.cpp', 'ctx-size', 'num-ctx'],
    ['llama.cpp', '-ngl', 'gpu-layers'],
    ['llama.cpp', '-nkvo', 'no-kv-offload'],
    ['ollama', 'num_gpu', 'gpu-layers'],
    ['vllm', 'some_new_flag', 'some-new-flag'],
  ] as const)('%s: %s is %s', (dialect, written, canonical) => {
    expect(canonicalName(dialect, written)).toBe(canonical)
  })

  it('tells its own flags from those of others', () => {
    expect(ownsFlag('ollama', 'max-model-len')).toBe(false)
    expect(findFlag('ollama', '--max-model-len')?.name).toBe('max-model-len')
    expect(ownsFlag('vllm', 'num-ctx')).toBe(false)
  })
})
