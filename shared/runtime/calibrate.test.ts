import { describe, expect, it } from 'vitest'
import { parseProfiles, profileNamed, writeProfiles } from '#shared/estimator/profiles'
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
