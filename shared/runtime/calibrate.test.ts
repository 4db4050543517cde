import { describe, expect, it } from 'vitest'
import { GIB } from '#shared/domain/units'
import { estimate } from '#shared/estimator/estimate'
import { type ProfilesFile, parseProfiles, profileNamed, writeProfiles } from '#shared/estimator/profiles'
import { type FlagValues, type OverheadProfile } from '#shared/estimator/request'
import { type BuildRequestInput, buildRequest } from '#shared/estimator-request/build-request'
import { profileFor } from '#shared/estimator-request/profile-for'
import { llama31 } from '#shared/sample/sample-architectures'
import { judgeStarts } from './accuracy'
import { type CalibrationStart, calibrate } from './calibrate'

function start(metrics: Record<string, number>, more: Record<string, string | number> = {}): CalibrationStart {
  return {
    model: `m${JSON.stringify(metrics)}`,
    architecture: llama31,
    backend: 'vllm',
    extraArgs: ['--max-model-len', '8192', '--max-num-seqs', '64'],
    metrics: { engine_version: '0.11.1', gpu_memory_gib: { index: 0, total: 23.52 }, ...more, ...metrics },
  }
}

describe('calibrate', () => {
  it('takes the median of at least three starts of one card and release, and leaves outliers out', () => {
    const values = [0.3, 0.31, 0.32, 4]
    const { profiles } = calibrate(values.map((value) => start({ non_torch_gib: value })))
    expect(profiles).toHaveLength(1)
    expect(profiles[0]).toMatchObject({ starts: 4, non_torch_gib: [0.295, 0.31, 0.325] })
    expect(profiles[0]?.data.map((one) => one.used)).toEqual([true, true, true, false])
  })

  it('learns nothing from two, from different cards or releases, or from starts that say too little', () => {
    const two = [start({ non_torch_gib: 0.3 }), start({ non_torch_gib: 0.3 })]
    const other = start({ non_torch_gib: 0.3 }, { engine_version: '0.12.0' })
    const silent = { ...start({ non_torch_gib: 0.3 }), metrics: { non_torch_gib: 0.3 } }
    const { profiles, leftOut } = calibrate([...two, other, silent])
    expect(profiles).toEqual([])
    expect(leftOut.map((one) => one.starts).sort()).toEqual([1, 1, 2])
  })

  it('learns how far the modelled activation peak is off', () => {
    // Twice what the model says for 64 sequences (0.31 GiB).
    const { profiles } = calibrate([0.61, 0.62, 0.63].map((gib) => start({ peak_activation_gib: gib })))
    expect(profiles[0]?.activation_factor).toBeGreaterThan(1.9)
    expect(profiles[0]?.activation_factor).toBeLessThan(2.1)
  })

  it('takes no artefact of the measurement for a size', () => {
    expect(calibrate([-0.4, -0.5, -0.6].map((gib) => start({ cuda_graph_gib: gib }))).profiles).toEqual([])
  })

  it('gives profiles that can be written, read and used', () => {
    const { profiles } = calibrate([0.3, 0.31, 0.32].map((value) => start({ non_torch_gib: value })))
    const { name, non_torch_gib: nonTorch } = profiles[0] ?? { name: '' }
    const text = writeProfiles({ [name]: { non_torch_gib: [...(nonTorch ?? [0, 0, 0])] as [number, number, number] } })
    const parsed = parseProfiles(text)
    const profile = profileNamed(name, parsed.ok ? parsed.value : {})
    expect(profile).toMatchObject({ ok: true, value: { nonTorchBytes: { likely: Math.round(0.31 * 2 ** 30) } } })
  })
})

describe('a learned profile', () => {
  const starts = [0.9, 0.91, 0.92].map((value) => start({ non_torch_gib: value, peak_activation_gib: value }))
  const { learned_from, non_torch_gib, activation_factor } = calibrate(starts).profiles[0] ?? {}
  const file: ProfilesFile = {
    own: {
      ...(learned_from && { learned_from }),
      ...(non_torch_gib && { non_torch_gib: [...non_torch_gib] }),
      ...(activation_factor && { activation_factor }),
    },
  }
  const found = profileNamed('own', file)
  const profile = found.ok ? found.value : undefined
  const here = {
    gpus: [{ totalBytes: 23.52 * GIB, source: 'flag' }],
    engineVersion: { value: '0.11.2', source: 'flag' },
  }
  const flags = (values: FlagValues) => ({ flags: [{ source: 'flag', values }] })
  const build = (plan: Omit<BuildRequestInput, 'engine' | 'architecture'>, used: OverheadProfile | undefined) => {
    const chosen = used === undefined ? {} : { profile: used }
    const request = buildRequest({ engine: 'vllm', architecture: llama31, ...plan, ...chosen })
    return request.ok ? estimate(request.value) : request
  }

  it('is used on the same card and release, where it narrows the interval', () => {
    const [plain, own] = [build(here, undefined), build(here, profile)]
    const term = (result: typeof own) => result.ok && result.value.terms.find((one) => one.name === 'non_torch')
    const width = (result: typeof own) => (result.ok ? result.value.high_bytes - result.value.low_bytes : Number.NaN)
    expect(term(own)).toMatchObject({ bytes: Math.round(0.91 * GIB) })
    expect(term(plain)).not.toEqual(term(own))
    expect(width({ ...own })).toBeLessThan(width({ ...plain }))
  })

  it.each([
    ['another card', { ...here, gpus: [{ totalBytes: 79.18 * GIB, source: 'flag' }] }],
    ['another release', { ...here, engineVersion: { value: '0.12.0', source: 'flag' } }],
    ['several cards', { ...here, gpus: [...here.gpus, ...here.gpus], ...flags({ 'tensor-parallel-size': '2' }) }],
    ['no card at all', { ...here, gpus: [] }],
  ])('changes nothing for %s: a machine without data keeps its estimate', (_where, plan) => {
    expect(build(plan, profile)).toEqual(build(plan, undefined))
  })

  it('is used where no release is named: nothing speaks against it', () => {
    expect(build({ gpus: here.gpus }, profile)).not.toEqual(build({ gpus: here.gpus }, undefined))
  })

  it('is told from that of another card of the same size by its name, where starts name it', () => {
    const named = (name: string) => ({ gpu_memory_gib: { index: 0, total: 79.2, name } })
    const on = (name: string, gib: number) => ({
      ...start({}),
      metrics: { ...start({}).metrics, ...named(name), non_torch_gib: gib },
    })
    const mixed = [
      ...[1, 1, 1].map((gib) => on('NVIDIA A100-SXM4-80GB', gib)),
      ...[2, 2, 2].map((gib) => on('NVIDIA H100 80GB HBM3', gib)),
    ]
    const { profiles } = calibrate(mixed)
    expect(profiles.map((one) => one.non_torch_gib?.[1])).toEqual([1, 2])
    expect(profiles[0]?.name).toBe('measured: NVIDIA A100-SXM4-80GB (79 GiB), vLLM 0.11, one GPU')
    const [alone] = calibrate(mixed.slice(0, 3)).profiles
    expect(alone).toMatchObject({
      name: 'measured: 79 GiB card, vLLM 0.11, one GPU',
      learned_from: { card_name: 'NVIDIA A100-SXM4-80GB' },
    })
    const h100 = profileNamed('h', { h: { non_torch_gib: 2, learned_from: profiles[1]?.learned_from } })
    const used = (name: string): boolean => {
      const gpus = [{ totalBytes: 79.2 * GIB, source: 'flag', name }]
      return h100.ok && profileFor(h100.value, { ...here, gpus, flags: [] }) !== undefined
    }
    expect([used('H100 80GB'), used('NVIDIA H100 PCIe'), used('A100 80GB')]).toEqual([true, true, false])
  })

  it('made by hand holds wherever it is chosen', () => {
    const byHand = profileNamed('mine', { mine: { non_torch_gib: 0.5 } })
    expect(byHand.ok && build({ gpus: here.gpus }, byHand.value)).not.toEqual(build({ gpus: here.gpus }, undefined))
  })
})

describe('judgeStarts', () => {
  it('holds the estimate against the measurement, term by term, without using it', () => {
    const measured = {
      ...start({ weights_gib: 14.9889, peak_activation_gib: 0.62 }),
      observedAt: '2026-01-01T00:00:00Z',
    }
    const { starts, terms } = judgeStarts([measured])
    expect(starts[0]?.rows.map((row) => row.name)).toEqual(expect.arrayContaining(['weights', 'activation']))
    const activation = terms.find((term) => term.name === 'activation')
    expect(activation?.medianErrorShare).toBeGreaterThan(0.4)
  })

  it('says how many it could not judge', () => {
    const unknown = { ...start({ weights_gib: 1 }), backend: 'triton', observedAt: '' }
    expect(judgeStarts([unknown])).toEqual({ starts: [], terms: [], leftOut: 1 })
  })
})
