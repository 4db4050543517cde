import { describe, expect, it } from 'vitest'
import { architectureSchema } from '#shared/domain/architecture'
import { describeModel } from '#shared/registry/describe-model'
import { mergeLayers } from '#shared/registry/merge-layers'
import { foldMetrics, matchMetrics } from '#shared/runtime/fold-metrics'
import { sampleLibrary } from './sample-library'

const files = new Map(sampleLibrary().map((file) => [file.path, file.text]))
const rows = (name: string) => JSON.parse(files.get(`registry/model_registry${name}.json`) ?? 'null')
const { entries, warnings } = mergeLayers({ curated: rows('.curated'), discovered: rows('.discovered') })
const models = entries.map(describeModel)

describe('the sample library', () => {
  it('holds at least eight models, none of which warns', () => {
    expect(models.length).toBeGreaterThanOrEqual(8)
    expect(warnings).toEqual([])
    expect(models.flatMap((model) => model.warnings)).toEqual([])
  })

  it('has a snapshot that the load rule gives', () => {
    expect(rows('')).toEqual(entries.map((entry) => entry.value))
  })

  it.each(models.filter((model) => model.architecture !== undefined).map((model) => [model.name, model] as const))(
    '%s has an architecture in the shape of the contract, each field with its origin',
    (_name, { architecture }) => {
      expect(architectureSchema.safeParse(architecture).success).toBe(true)
      const layers = (architecture?.layer_groups ?? []).reduce((sum, group) => sum + group.count, 0)
      expect(layers).toBe(architecture?.num_layers)
      const facts = Object.keys(architecture?.field_sources ?? {})
      expect(facts).toContain('num_layers')
      expect(facts.every((field) => Object.hasOwn(architecture ?? {}, field))).toBe(true)
    },
  )

  it('has starts for two models, which reconciliation finds', () => {
    const { events, skippedLines } = foldMetrics(files.get('logs/model_loader_metrics.jsonl') ?? '')
    expect(skippedLines).toBe(0)
    const { matches, unmatched } = matchMetrics(entries, events)
    expect(unmatched).toEqual([])
    expect(new Set(matches.map((match) => match.entry.value['backend']))).toEqual(new Set(['vllm', 'ollama']))
  })

  it('has the cases that an editor of launch flags must handle', () => {
    const args = models.map((model) => model.extra_args)
    expect(args.some((one) => typeof one === 'string')).toBe(true)
    expect(args.flat().some((one) => one.startsWith('{'))).toBe(true)
    const qwen = models.find((model) => model.name === 'qwen3-8b')?.extra_args
    expect(qwen).toEqual(expect.arrayContaining(['--max-num-seqs', '--max_num_seqs=8']))
  })
})
