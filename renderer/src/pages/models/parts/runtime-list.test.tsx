import { cleanup, render, screen, within } from '@testing-library/react'
import { afterEach, expect, it } from 'vitest'
import { type JsonObject } from '#shared/domain/json'
import { measuredView } from '../../../format/measured-view'
import { sampleModel, sampleQuestion } from '../../../test/estimator-fixtures'
import { RuntimeList } from './runtime-list'

afterEach(cleanup)

const runtime = {
  observed_at: '2026-11-12T18:00:00+00:00',
  source: 'headroom-serve',
  engine_version: '0.25.1',
  extra_args_snapshot: ['--max-model-len', '4096', '--max-num-seqs', '16', '--gpu-memory-utilization', '0.85'],
  gpu_memory_gib: { index: 0, used: 20, total: 23.65 },
  weights_gib: 14.99,
  available_kv_gib: 4.3,
  load_seconds: 12,
}

function measured(facts: JsonObject) {
  const architecture = {
    ...sampleModel('llama-3.1-8b-instruct').architecture,
    runtime: facts,
    sources: ['runtime:vllm'],
  }
  return { ...sampleModel('llama-3.1-8b-instruct'), architecture }
}

it('puts what was measured beside the estimate, with the figures of the Estimator page', () => {
  const model = measured(runtime)
  render(<RuntimeList model={model} gpu={undefined} />)
  const columns = measuredView(sampleQuestion(model.name, { model, gpus: [] }))?.columns ?? []
  expect(columns.map(({ name }) => name)).toContain('weights')
  const table = screen.getByRole('table', { name: 'Measured against estimated' })
  for (const { label, estimated, measured: seen, error } of columns) {
    const row = within(table).getByRole('row', { name: new RegExp(`^${label}`) })
    const [first, second, third] = within(row).getAllByRole('cell')
    expect([first?.textContent, second?.textContent]).toEqual([estimated, seen])
    expect(third?.textContent).toContain(error)
  }
  expect(screen.queryByText('weights_gib')).toBeNull()
  expect(screen.getByText('load_seconds')).toBeDefined()
})

it('gives the sentence of a start that was refused, and the context it suggested', () => {
  const refusal = { failure: 'It does not fit.', failure_kind: 'needed_gt_available', estimated_max_model_len: 27_296 }
  render(<RuntimeList model={measured(refusal)} gpu={undefined} />)
  const section = screen.getByRole('region', { name: 'Seen at the last start' })
  expect(section.textContent).toContain('vLLM refused this start: It does not fit.It suggested at most 27,296 tokens.')
  expect(screen.queryByText('failure')).toBeNull()
})
