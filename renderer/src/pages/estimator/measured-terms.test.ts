import { describe, expect, it } from 'vitest'
import { profileFigures } from '../../format/profile-figures'
import { chosenProfile } from '../../stores/chosen-profile'
import { resultOf, sampleModel, sampleQuestion } from '../../test/estimator-fixtures'
import { requestFor } from './calculations'
import { measuredTerms } from './measured-terms'
import { profileView } from './profile-view'
import { comparedRows, scenarioFigures } from './scenario-view'
import { answered } from './use-estimator-view'

const runtime = {
  observed_at: '2026-11-12T18:00:00+00:00',
  engine_version: '0.25.1',
  extra_args_snapshot: ['--max-model-len', '8192', '--max-num-seqs', '16'],
  gpu_memory_gib: { index: 0, total: 23.65 },
  weights_gib: 15.1,
  peak_activation_gib: 0.31,
  non_torch_gib: 0.4,
}

function measuredQuestion(flags: Readonly<Record<string, string>>, measuredOff: readonly string[] = []) {
  const architecture = { ...sampleModel('llama-3.1-8b-instruct').architecture, runtime, sources: ['runtime:vllm'] }
  return sampleQuestion('llama-3.1-8b-instruct', {
    model: { architecture, extra_args: [] },
    wishes: { flags, measuredOff },
  })
}

const same = { 'max-model-len': '8192', 'max-num-seqs': '16' }

describe('measured terms', () => {
  it('hold for the settings of the measured start, and can be switched off one by one', () => {
    expect(measuredTerms(measuredQuestion(same)).held).toEqual(['weights', 'activation', 'non_torch'])
    const all = requestFor(measuredQuestion(same))
    const some = requestFor(measuredQuestion(same, ['weights', 'non_torch']))
    expect(all.ok && Object.keys(all.value.known).sort()).toEqual([
      'activationBytes',
      'nonTorchBytes',
      'weightsArePerGpu',
      'weightsBytes',
    ])
    expect(some.ok && Object.keys(some.value.known)).toEqual(['activationBytes'])
    // What is switched off is still said to hold: it can be switched on again.
    expect(measuredTerms(measuredQuestion(same, ['weights'])).held).toContain('weights')
  })

  it('name the setting because of which they no longer hold; the weights always do', () => {
    const { held, dropped } = measuredTerms(measuredQuestion({ ...same, 'max-num-seqs': '2' }))
    expect(held).toEqual(['weights', 'non_torch'])
    expect(dropped).toEqual([{ term: 'activation', because: '--max-num-seqs is 2, it was 16 when measured' }])
  })
})

describe('overhead profiles', () => {
  const learned = {
    name: 'measured: mine',
    description: '',
    starts: 3,
    non_torch_gib: [0.7, 0.72, 0.75] as [number, number, number],
    data: [],
  }

  it('change the estimate by what they say', () => {
    const profile = chosenProfile('measured: mine', { own: { 'measured: mine': learned }, learned: [], left_out: [] })
    const plain = resultOf(sampleQuestion('qwen3-8b'))
    const changed = resultOf({ ...sampleQuestion('qwen3-8b'), ...(profile && { profile }) })
    expect(changed.per_gpu[0]?.overhead_bytes).toBe(Math.round(0.72 * 2 ** 30))
    expect(plain.per_gpu[0]?.overhead_bytes).not.toBe(changed.per_gpu[0]?.overhead_bytes)
    expect(chosenProfile('gone', { own: {}, learned: [], left_out: [] })).toBeUndefined()
  })

  it('learned on another card or release stand in the answer as not used, with the reason', () => {
    const learnedFrom = { cardGib: 24, release: '0.25', severalGpus: false }
    const given = (from: typeof learnedFrom) => {
      const profile = { name: 'mine', source: 'profile:settings', activationFactor: 1.1, learnedFrom: from }
      const question = { ...sampleQuestion('qwen3-8b'), profile }
      return answered(question, resultOf(question)).verdict.given
    }
    expect(given(learnedFrom)).toContain(' · profile mine · ')
    expect(given({ ...learnedFrom, cardGib: 79 })).toContain(
      'profile mine not used, it was learned on another card, of 79 GiB',
    )
    expect(given({ ...learnedFrom, severalGpus: true })).toContain('not used, it was learned on several GPUs')
  })

  it('that are passed over leave the margin of the settings in force', () => {
    const learnedFrom = { cardGib: 79, release: '0.25', severalGpus: false }
    const profile = { name: 'mine', source: 'profile:settings', activationFactor: 9, learnedFrom, marginBytes: 2 ** 30 }
    const plain = resultOf(sampleQuestion('qwen3-8b'))
    const result = resultOf({ ...sampleQuestion('qwen3-8b'), profile })
    expect(result.total_bytes).toBe(plain.total_bytes)
    expect(result.inputs['extra_margin_bytes']?.value).toBe(2 ** 30)
  })

  it('are offered once, in figures, with a suggestion for the card', () => {
    const profiles = { own: {}, learned: [learned], left_out: [] }
    const h100 = [{ name: 'NVIDIA H100 80GB HBM3', totalBytes: 79 * 2 ** 30, source: 'nvidia-smi' }]
    expect(profileView({ name: undefined, profiles, gpus: h100 })).toMatchObject({
      suggestion: 'hopper_80gb',
      offers: [learned],
    })
    const kept = { ...profiles, own: { 'measured: mine': learned } }
    expect(profileView({ name: 'measured: mine', profiles: kept, gpus: h100 }).offers).toEqual([])
    expect(profileFigures(learned)).toBe('overhead 0.72 (0.70 to 0.75) GiB')
  })
})

describe('scenarios', () => {
  it('show what differs, and leave out what none of them has', () => {
    const figuresOf = (context: string) => {
      const question = sampleQuestion('qwen3-8b', { wishes: { flags: { 'max-model-len': context } } })
      return scenarioFigures(question, answered(question, resultOf(question)))
    }
    const rows = comparedRows([figuresOf('4096'), figuresOf('8192')])
    expect(rows.find(({ label }) => label === 'Context')).toEqual({
      label: 'Context',
      values: ['4,096', '8,192'],
      differs: true,
    })
    expect(rows.find(({ label }) => label === 'Weights')?.differs).toBe(false)
    expect(rows.map(({ label }) => label)).not.toContain('Vision')
  })
})
