import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GIB } from '#shared/domain/units'
import { formatLayerGroups } from '../../format/architecture-fields'
import { CARD, resultOf, sampleModel, sampleQuestion } from '../../test/estimator-fixtures'
import { applyOverrides } from './apply-overrides'
import { applyView } from './apply-view'
import { fieldRows, parseField } from './architecture-fields'
import { parseLayout } from './cache-layout'
import { leversOf } from './calculations'
import { engineSettingRows, switchFlags } from './engine-settings'
import { gpuOptions } from './gpu-view'
import { leverOffers } from './lever-note'
import { fromPosition, POSITIONS, stepped, tickValues, toPosition } from './log-scale'
import { markLabels } from './mark-labels'
import { measuredView } from './measured-view'
import { barViews, legendOf } from './memory-parts'
import { matchesModel, matchParts } from './model-search'
import { planGpus } from './question'
import { pointFlags, pointOf, solveAll } from './solving'
import { answered } from './use-estimator-view'
import { verdictView } from './verdict-view'

function viewOf(question: ReturnType<typeof sampleQuestion>) {
  const result = resultOf(question)
  return { result, ...answered(question, result) }
}

describe('the answer in words', () => {
  it('names requests, tokens, need and budget with figures that agree with each other', () => {
    const question = sampleQuestion('qwen3-8b', { wishes: { flags: { 'max-model-len': '8192', 'max-num-seqs': '4' } } })
    const { verdict } = viewOf(question)
    const [, need, budget, spare] =
      /^4 requests of 8,192 tokens need ([\d.]+) GiB of the ([\d.]+) GiB budget; ([\d.]+) GiB to spare\.$/.exec(
        verdict.sentence,
      ) ?? []
    expect(verdict.verdict).toBe('fits')
    expect(Number(budget) - Number(need)).toBeCloseTo(Number(spare), 5)
  })

  it('says by how much it is too little', () => {
    const { verdict } = viewOf(sampleQuestion('llama-3.1-8b-instruct'))
    expect(verdict.verdict).toBe('does_not_fit')
    expect(verdict.sentence).toMatch(/need [\d.]+ GiB; the budget is [\d.]+ GiB, [\d.]+ too little\.$/)
  })

  it('names what is not known, in words', () => {
    const { verdict } = viewOf(sampleQuestion('mystery-model'))
    expect(verdict.verdict).toBe('unknown')
    expect(verdict.sentence).toMatch(/^Layers, KV heads, .*are not known, so the memory cannot be sized\.$/)
  })

  it('stays open, but sizes everything, without a GPU', () => {
    const { verdict, result } = viewOf(sampleQuestion('qwen3-8b', { gpus: [] }))
    expect(verdict.verdict).toBe('unknown')
    expect(verdict.sentence).toContain('No GPU is known')
    expect(result.total_bytes).toBeGreaterThan(10 * GIB)
  })

  it('names the card that decides when there are several', () => {
    const small = { ...CARD, totalBytes: 16 * GIB, freeBytes: 15 * GIB }
    const question = sampleQuestion('qwen3-8b', {
      gpus: [CARD, small],
      wishes: { flags: { 'tensor-parallel-size': '2', 'max-model-len': '8192', 'max-num-seqs': '4' } },
    })
    expect(viewOf(question).verdict.sentence).toContain('on GPU 1, which decides')
  })

  it('says which values nobody stated', () => {
    const { result } = viewOf(sampleQuestion('mystery-model'))
    expect(result.inputs['max_model_len']).toEqual({ value: 8192, source: 'start' })
  })
})

describe('memory parts', () => {
  it.each(['qwen3-8b', 'gemma-3-12b-it', 'deepseek-v2-lite-chat', 'gpt-oss-20b', 'llama3.1-8b-q4_k_m'])(
    'of %s add up to the total, in bytes and as shown',
    (name) => {
      const question = sampleQuestion(name)
      const result = resultOf(question)
      const [bar] = barViews(result, ['card'])
      if (bar === undefined) throw new Error('no bar')
      const parts = legendOf(bar, result).filter(({ key }) => key !== 'free')
      const shown = parts.reduce((sum, { value }) => sum + Number(value.replaceAll(',', '')), 0)
      expect(parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(bar.totalBytes)
      expect(shown).toBeCloseTo(Math.round((bar.totalBytes / GIB) * 10) / 10, 5)
      // The estimator's own total for one card is the same within rounding of the parts.
      expect(Math.abs(bar.totalBytes - result.total_bytes)).toBeLessThan(16)
    },
  )

  it('of several cards add up to the total of the plan', () => {
    const flags = { 'tensor-parallel-size': '2', 'max-model-len': '8192', 'max-num-seqs': '8' }
    for (const engine of ['vllm', 'llama.cpp'] as const) {
      const question = sampleQuestion('llama-3.1-8b-instruct', {
        gpus: [CARD, CARD],
        wishes: { engine, flags: engine === 'vllm' ? flags : { 'ctx-size': '32768' } },
      })
      const result = resultOf(question)
      const sum = barViews(result, []).reduce((total, { totalBytes }) => total + totalBytes, 0)
      expect(Math.abs(sum - result.total_bytes) / result.total_bytes).toBeLessThan(0.001)
    }
  })

  it('leave CUDA graphs beside the budget out of the total, as older vLLM does', () => {
    const runtime = { engine_version: '0.11.1', weights_gib: 14.99 }
    const architecture = {
      ...sampleModel('llama-3.1-8b-instruct').architecture,
      runtime,
      sources: ['config:config.json', 'runtime:vllm'],
    }
    const question = sampleQuestion('llama-3.1-8b-instruct', { model: { architecture } })
    const result = resultOf(question)
    const [bar] = barViews(result, [])
    expect(result.inputs['engine_version']?.value).toBe('0.11.1')
    expect(Math.abs((bar?.totalBytes ?? 0) - result.total_bytes)).toBeLessThan(16)
    expect(bar?.besideBudget).toEqual(['graphs'])
  })

  it('are shown without a card too, with nothing to compare them with', () => {
    const result = resultOf(sampleQuestion('qwen3-8b', { gpus: [] }))
    const [bar] = barViews(result, [])
    expect(bar).toMatchObject({ hasCard: false })
    expect(Math.abs((bar?.totalBytes ?? 0) - result.total_bytes)).toBeLessThan(16)
    expect(bar === undefined ? [] : legendOf(bar, result).map(({ key }) => key)).not.toContain('free')
  })

  it('keeps the labels above the bar inside it and apart, wherever the marks are', () => {
    const width = 900
    fc.assert(
      fc.property(
        fc.integer({ min: 160, max: width }),
        fc.double({ min: 0.3, max: 1, noNaN: true }),
        (capacityX, share) => {
          const { budget, capacity } = markLabels({
            budgetX: capacityX * share,
            capacityX,
            width,
            budgetWidth: 130,
            capacityWidth: 95,
          })
          const span = ({ x, anchor }: typeof budget, size: number) =>
            anchor === 'end' ? [x - size, x] : [x, x + size]
          const [budgetFrom = 0, budgetTo = 0] = span(budget, 130)
          const [capacityFrom = 0] = span(capacity, 95)
          expect(budgetFrom).toBeGreaterThanOrEqual(0)
          expect(capacityFrom).toBeGreaterThanOrEqual(budgetTo)
        },
      ),
    )
  })
})

describe('architecture fields', () => {
  const model = sampleModel('qwen3-8b')
  const stated = model.architecture ?? {}

  it('shows every expected field, known or not, with origin and raw key', () => {
    const rows = fieldRows({ stated, effective: stated, overrides: {} })
    const layers = rows.find(({ field }) => field === 'num_layers')
    expect(layers).toMatchObject({
      text: '36',
      state: 'known',
      origin: 'config:config.json',
      rawKey: 'num_hidden_layers',
    })
    const bare = fieldRows({ stated: {}, effective: {}, overrides: {} })
    expect(bare.every(({ state }) => state === 'unknown')).toBe(true)
    expect(bare.length).toBeGreaterThan(8)
  })

  it('marks an override, remembers what was there, and lets the cache layout follow', () => {
    const overrides = { num_kv_heads: 4, num_layers: 30 }
    const effective = applyOverrides(stated, overrides)
    const rows = fieldRows({ stated, effective, overrides })
    expect(rows.find(({ field }) => field === 'num_kv_heads')).toMatchObject({
      text: '4',
      state: 'manual',
      origin: 'manual',
      was: { text: '8', origin: 'config:config.json' },
    })
    expect(effective.layer_groups).toEqual([
      { count: 30, kind: 'full_attention', kv_heads: 4, key_dim: 128, value_dim: 128 },
    ])
    expect(effective.field_sources?.['layer_groups']).toBe('derived:manual values')
    expect(stated.num_kv_heads).toBe(8)
  })

  it('shows a disagreement between sources', () => {
    const warning = 'max_position_embeddings: config.json says 40960, tokenizer_config.json says 131072'
    const rows = fieldRows({ stated: { ...stated, warnings: [warning] }, effective: stated, overrides: {} })
    expect(rows.find(({ field }) => field === 'max_position_embeddings')).toMatchObject({
      state: 'conflict',
      conflict: warning,
    })
  })

  it.each([
    ['num_layers', '36', 36],
    ['vocab_size', '151,936', 151_936],
    ['context_length', '32K', 32_768],
    ['weights_bytes', '15.3', Math.round(15.3 * GIB)],
    ['weights_bytes', '16.4 GB', 16_400_000_000],
    ['rope_theta', '1000000', 1_000_000],
    ['dtype', ' float16 ', 'float16'],
  ] as const)('reads %s typed as "%s"', (field, text, value) => {
    expect(parseField(field, text, stated)).toEqual({ ok: true, value })
  })

  it.each([
    ['num_layers', '0'],
    ['num_layers', 'many'],
    ['weights_bytes', '-3'],
    ['rope_theta', 'x'],
    ['dtype', ' '],
    ['moe', '{}'],
  ] as const)('refuses %s typed as "%s"', (field, text) => {
    expect(parseField(field, text, stated)).toMatchObject({ ok: false, error: { code: 'BAD_VALUE' } })
  })

  it('reads the cache layout that it shows', () => {
    const architecture = { num_layers: 48, num_kv_heads: 8, head_dim: 128 }
    const read = parseLayout('40 × sliding 1,024 + 8 × full', architecture)
    expect(read).toMatchObject({ ok: true })
    if (read.ok) expect(formatLayerGroups(read.value as never)).toBe('40 × sliding 1,024 + 8 × full')
    expect(parseLayout('47 full', architecture).ok).toBe(false)
    expect(parseLayout('48 sliding', architecture).ok).toBe(false)
  })
})

describe('sliders', () => {
  const scale = { min: 1024, max: 40_960, step: 16 }

  it('reach both ends, keep whole steps and come back to the same place', () => {
    expect([fromPosition(scale, 0), fromPosition(scale, POSITIONS)]).toEqual([1024, 40_960])
    fc.assert(
      fc.property(fc.integer({ min: 0, max: POSITIONS }), (position) => {
        const value = fromPosition(scale, position)
        expect(value % 16).toBe(0)
        expect(Math.abs(toPosition(scale, value) - position)).toBeLessThanOrEqual(3)
      }),
    )
  })

  it('move by whole steps and stop at the ends', () => {
    expect([stepped(scale, 8192, 1), stepped(scale, 8200, 1), stepped(scale, 8200, -1)]).toEqual([8208, 8208, 8192])
    expect([stepped(scale, 40_960, 10), stepped(scale, 1024, -10)]).toEqual([40_960, 1024])
  })

  it('have ticks that do not crowd, with the limit last', () => {
    expect(tickValues(scale)).toEqual([1024, 2048, 4096, 8192, 16_384, 40_960])
    expect(tickValues({ min: 1, max: 64, step: 1 })).toEqual([1, 2, 4, 8, 16, 32, 64])
    expect(tickValues({ min: 1024, max: 2 ** 20, step: 16 }).length).toBeLessThanOrEqual(8)
  })
})

describe('solving', () => {
  it('gives rows that say fits when they are chosen, and nothing larger does', () => {
    const question = sampleQuestion('qwen3-8b')
    const point = pointOf(question, resultOf(question))
    if (point === undefined) throw new Error('no point')
    const { frontier, context } = solveAll(question, point)
    expect(frontier.map(({ batch }) => batch)).toEqual([1, 2, 4, 8, 16, 32])
    for (const row of frontier) {
      const chosen = sampleQuestion('qwen3-8b', {
        wishes: { flags: pointFlags(question, { context: row.context, batch: row.batch }) },
      })
      expect(resultOf(chosen).verdict).toBe('fits')
    }
    expect(frontier.find(({ isCurrent }) => isCurrent)?.context).toBe(context?.fitsTo)
  })

  it('offers changes whose flags really help', () => {
    const question = sampleQuestion('llama-3.1-8b-instruct')
    const [first] = leverOffers(question)
    expect(first?.words).toMatch(/fits|rises/)
    const changed = sampleQuestion('llama-3.1-8b-instruct', { wishes: { flags: first?.flags ?? {} } })
    expect(resultOf(changed).total_bytes).toBeLessThan(resultOf(question).total_bytes)
  })
})

describe('apply', () => {
  const base = { removeDuplicates: true, target: null, setsWindow: false } as const

  function planFor(name: string, options: Parameters<typeof sampleQuestion>[1], more: Partial<typeof base> = {}) {
    const question = sampleQuestion(name, options)
    const point = pointOf(question, resultOf(question))
    if (point === undefined) throw new Error('no point')
    const view = applyView({ question, point, ...base, ...more })
    if (view === undefined || !view.ok) throw new Error('no view')
    return view.value
  }

  it('writes nothing until something was set', () => {
    expect(planFor('qwen3-8b', {})).toMatchObject({ changes: [], plan: { changed: [] } })
  })

  it('changes exactly what was set, and says so as a command', () => {
    const view = planFor('llama-3.1-8b-instruct', {
      wishes: { flags: { 'max-model-len': '8192', 'max-num-seqs': '4' } },
    })
    expect(view.plan.after).toEqual([
      '--max-model-len',
      '8192',
      '--gpu-memory-utilization',
      '0.9',
      '--max-num-seqs',
      '4',
    ])
    expect(view.plan.changed).toEqual(['max-model-len', 'max-num-seqs'])
    expect(view.command).toBe(
      'headroom apply llama-3.1-8b-instruct --max-model-len 8192 --max-num-seqs 4 --remove-duplicates',
    )
  })

  it('knows the flags that stand twice', () => {
    const view = planFor('qwen3-8b', { wishes: { flags: { 'max-num-seqs': '4' } } })
    expect(view.duplicates).toEqual(['max-num-seqs'])
  })

  it('writes num_ctx in the place of max-model-len when that is chosen, with a warning', () => {
    const options = { wishes: { flags: { 'max-model-len': '8192' } } }
    const question = sampleQuestion('llama-3.1-8b-instruct', options)
    const view = applyView({ question, point: { context: 8192, batch: 64 }, ...base, target: 'num-ctx' })
    if (view === undefined || !view.ok) throw new Error('no view')
    expect(view.value.changes).toEqual([{ flag: 'num-ctx', value: '8192' }])
    expect(view.value.plan.warnings.join(' ')).toContain('vLLM does not know --num-ctx')
  })

  it('is not there for a file that is in no registry', () => {
    const { model: _model, ...file } = sampleQuestion('qwen3-8b')
    expect(applyView({ question: file, point: { context: 8192, batch: 1 }, ...base })).toBeUndefined()
  })
})

describe('measured against estimated', () => {
  it('compares the same start: its flags and its card, not those of the plan', () => {
    const stated = sampleModel('llama-3.1-8b-instruct').architecture ?? {}
    const runtime = {
      observed_at: '2026-11-12T18:00:00+00:00',
      engine_version: '0.25.1',
      extra_args_snapshot: ['--max-model-len', '4096', '--max-num-seqs', '16', '--gpu-memory-utilization', '0.85'],
      configured_max_model_len: 4096,
      configured_max_num_seqs: 16,
      configured_gpu_memory_utilization: 0.85,
      gpu_memory_gib: { index: 0, used: 20, total: 23.65 },
      weights_gib: 14.99,
      available_kv_gib: 4.3,
      kv_cache_tokens: 35_200,
    }
    const architecture = { ...stated, runtime, sources: ['config:config.json', 'runtime:vllm'] }
    const question = sampleQuestion('llama-3.1-8b-instruct', { model: { architecture }, gpus: [] })
    const view = measuredView(question)
    expect(view?.when).toBe('12 Nov, 4,096 × 16 at 0.85, GiB')
    const weights = view?.columns.find(({ label }) => label === 'Weights')
    expect(Math.abs(Number(weights?.error.replace('−', '-').replace('+', '')))).toBeLessThan(0.2)
    expect(view?.columns.find(({ label }) => label === 'KV tokens')?.measured).toBe('35,200')
  })

  it('is empty for an engine that was not measured', () => {
    const architecture = {
      ...sampleModel('qwen3-8b').architecture,
      runtime: { kv_mib: 3 },
      sources: ['runtime:ollama'],
    }
    expect(measuredView(sampleQuestion('qwen3-8b', { model: { architecture } }))).toBeUndefined()
  })
})

describe('engine settings', () => {
  it('show the value in force and its source', () => {
    const question = sampleQuestion('llama-3.1-8b-instruct')
    const rows = engineSettingRows(question, resultOf(question))
    expect(rows.find(({ flag }) => flag === 'gpu-memory-utilization')).toMatchObject({
      text: '0.90',
      source: 'extra_args',
      isManual: false,
    })
    expect(rows.find(({ flag }) => flag === 'enforce-eager')).toMatchObject({ checked: true })
  })

  it('switch graphs off with --enforce-eager, and the estimate follows', () => {
    const flags = Object.fromEntries(
      Object.entries(switchFlags('enforce-eager', false)).filter(([, value]) => value !== null),
    )
    expect(flags).toEqual({ 'enforce-eager': true })
    const question = sampleQuestion('llama-3.1-8b-instruct', { wishes: { flags: flags as never } })
    const rows = engineSettingRows(question, resultOf(question))
    expect(rows.find(({ flag }) => flag === 'enforce-eager')).toMatchObject({ checked: false, isManual: true })
    expect(resultOf(question).per_gpu[0]?.graph_bytes).toBe(0)
  })

  it('pre-selects the cache type that the checkpoint states', () => {
    const architecture = {
      ...sampleModel('llama-3.1-8b-instruct').architecture,
      kv_precision: 'fp8_e4m3',
      field_sources: { kv_precision: 'config:config.json' },
    }
    const question = sampleQuestion('llama-3.1-8b-instruct', { model: { architecture } })
    const row = engineSettingRows(question, resultOf(question)).find(({ flag }) => flag === 'kv-cache-dtype')
    expect(row?.choices.find(({ value }) => value === 'auto')?.label).toBe('auto, fp8_e4m3')
  })
})

describe('cards of the plan', () => {
  const gpu = { index: 0, name: 'RTX 4090', total_bytes: 24 * GIB, used_bytes: GIB, free_bytes: 23 * GIB }
  const manual = [{ name: 'H100', total_bytes: 79 * GIB }]

  it('prefer what is detected, then what was added by hand', () => {
    expect(planGpus({ choice: { kind: 'auto' }, detected: [gpu], manual })).toMatchObject([{ name: 'RTX 4090' }])
    expect(planGpus({ choice: { kind: 'auto' }, detected: [], manual })).toMatchObject([{ name: 'H100' }])
    expect(planGpus({ choice: { kind: 'auto' }, detected: [], manual: [] })).toEqual([])
  })

  it('can be several, and a card that is gone falls back to what is there', () => {
    expect(planGpus({ choice: { kind: 'manual', name: 'H100', count: 4 }, detected: [gpu], manual })).toHaveLength(4)
    expect(planGpus({ choice: { kind: 'manual', name: 'gone', count: 4 }, detected: [gpu], manual })).toHaveLength(1)
    const options = gpuOptions({ choice: { kind: 'manual', name: 'gone', count: 4 }, detected: [gpu], manual })
    expect(options.filter(({ isChecked }) => isChecked).map(({ title }) => title)).toEqual(['0 · RTX 4090'])
  })
})

describe('finding a model', () => {
  const model = sampleModel('qwen2.5-7b-instruct-awq')
  it('takes words in any order, in any field', () => {
    expect(matchesModel(model, 'awq qwen')).toBe(true)
    expect(matchesModel(model, 'vllm 7b')).toBe(true)
    expect(matchesModel(model, 'gemma')).toBe(false)
  })
  it('marks the longest word', () => {
    expect(matchParts('Qwen3-8B-AWQ', 'awq qwen3').filter(({ isMatch }) => isMatch)).toEqual([
      { text: 'Qwen3', isMatch: true },
    ])
  })
})

it('every engine has two levers and a view of its own defaults', () => {
  for (const engine of ['vllm', 'llama.cpp', 'ollama'] as const) {
    const question = sampleQuestion('qwen3-8b', { wishes: { engine } })
    const result = resultOf(question)
    expect(Object.values(leversOf(engine)).every(Boolean)).toBe(true)
    expect(pointOf(question, result)).toBeDefined()
    expect(verdictView(question, result, barViews(result, [])).sentence).not.toBe('')
  }
})
