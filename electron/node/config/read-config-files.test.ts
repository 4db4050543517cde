import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { extractArchitecture } from '#shared/architecture/extract-architecture'
import { readConfigFiles } from './read-config-files'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-config-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('quantisation beside config.json', () => {
  it.each([
    ['quantize_config.json', { bits: 4, group_size: 128, desc_act: false }, 'gptq'],
    ['quant_config.json', { w_bit: 4, q_group_size: 128, zero_point: true, version: 'GEMM' }, 'awq'],
    ['hf_quant_config.json', { quantization: { quant_algo: 'NVFP4', group_size: 16 } }, 'nvfp4'],
    ['quantization_config.json', { quant_method: 'auto-round', bits: 4, group_size: 128, sym: true }, 'auto-round'],
  ])('%s is read', (file, json, method) => {
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ model_type: 'llama', num_hidden_layers: 2 }))
    writeFileSync(join(folder, file), JSON.stringify(json))
    const { sources, warnings } = readConfigFiles(folder, new Set(['config.json', file]))
    expect(warnings).toEqual([])
    expect(extractArchitecture(sources)).toMatchObject({ quantization: method, quantization_bits: 4 })
  })
})
