import { describe, expect, it } from 'vitest'
import { completeness } from './completeness'

describe('completeness', () => {
  it('counts nothing as known for a model of which nothing is known', () => {
    expect(completeness({})).toMatchObject({ known: 0, expected: 14 })
  })

  it('counts a stated-nowhere KV precision as missing', () => {
    expect(completeness({ kv_precision: null }).missing).toContain('kv_precision')
    expect(completeness({ kv_precision: 'fp8_e4m3' }).missing).not.toContain('kv_precision')
  })

  it('asks an MLA model for its latent instead of a head dim, and an encoder for no cache', () => {
    const mla = completeness({ mla: { kv_lora_rank: 512, qk_rope_head_dim: 64 } })
    expect(mla.missing).not.toContain('head_dim')
    expect(mla.missing).not.toContain('mla')
    expect(completeness({ kind: 'encoder' }).missing).not.toContain('num_kv_heads')
  })

  it('asks a model with a tower for the size of the tower', () => {
    expect(completeness({ vision: { patch_size: 14 } }).missing).toContain('vision_weights_bytes')
  })
})
