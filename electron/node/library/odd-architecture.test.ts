import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspectionSchema } from '#shared/domain/inspection'
import { type BuilderValue, buildGguf, text, u32 } from '../../../e2e/models/gguf-builder'
import { tinyLlamaGguf } from '../../../e2e/models/tiny-models'
import { createLibraryReader } from '../gguf/library-reader'
import { inspectPath } from './inspect-path'
import { inspectRemotePath } from './inspect-remote-path'

const collectedAt = '2026-01-01T00:00:00.000Z'
let path: string
beforeAll(() => {
  path = join(mkdtempSync(join(tmpdir(), 'odd-architecture-')), 'model.gguf')
})
afterAll(() => rmSync(join(path, '..'), { recursive: true }))

/** A llama whose architecture has another name, and its keys that prefix. */
function write(name: BuilderValue | undefined): void {
  const prefix = name !== undefined && name.type === 'string' ? String(name.value) : 'llama'
  const keys = (tinyLlamaGguf().metadata ?? []).flatMap(([key, value]) => {
    if (key === 'general.architecture') return name === undefined ? [] : [[key, name] as const]
    return [[key.replace(/^llama\./, `${prefix}.`), value] as const]
  })
  writeFileSync(path, buildGguf({ ...tinyLlamaGguf(), metadata: keys }))
}

/** As a local file, and in the same words as a remote one. */
async function inspect() {
  const job = { path, collectedAt }
  const read = inspectPath(job)
  expect(await inspectRemotePath({ ...job, isRemote: true }, createLibraryReader())).toEqual(read)
  if (!read.ok) throw new Error(read.error.message)
  inspectionSchema.parse(JSON.parse(JSON.stringify(read.value)))
  const { warnings = [] } = read.value.architecture
  // Messages stay readable whatever the file says: no control characters, no page of one letter.
  for (const warning of warnings) {
    expect(warning.length).toBeLessThan(300)
    expect(warning).not.toMatch(/\p{Cc}|\p{Cf}/u)
  }
  return { ...read.value, warnings: warnings.join('\n') }
}

const sizes = { num_layers: 2, num_attention_heads: 4, num_kv_heads: 2, vocab_size: 8, weights_bytes: 19_776 }

describe('odd names of the architecture', () => {
  it.each<[string, BuilderValue | undefined]>([
    ['missing', undefined],
    ['empty', text('')],
    ['a number', u32(7)],
  ])('%s: the tensors still tell size and quantisation, and nothing else is made up', async (_, name) => {
    write(name)
    const { format, architecture, warnings } = await inspect()
    expect(format).toBe('gguf')
    expect(warnings).toContain('states no general.architecture')
    expect(architecture).toMatchObject({ weights_bytes: 19_776, quantization: 'f32', parameters_total: 4_944 })
    expect(architecture.family).toBeUndefined()
    expect(architecture.num_layers).toBeUndefined()
    expect(architecture.layer_groups).toBeUndefined()
  })

  it.each([
    ['unknown', 'nova9'],
    ['in the wrong case', 'LLaMA'],
    ['with a dot', 'llama.v2'],
  ])('%s: generic rules, with a warning', async (_, name) => {
    write(text(name))
    const { architecture, warnings } = await inspect()
    expect(architecture).toMatchObject({ ...sizes, family: name })
    expect(warnings).toContain('Unknown GGUF architecture')
  })

  it.each([
    ['very long', 'x'.repeat(50_000)],
    ['with a NUL inside', 'lla\0ma'],
    ['with a space behind', 'llama '],
    ['with letters that turn the line round', 'llama\u202e'],
    ['a prototype with a space', ' __proto__'],
  ])('%s: its keys are read, but it is no family', async (_, name) => {
    write(text(name))
    const { architecture, warnings } = await inspect()
    expect(architecture).toMatchObject(sizes)
    expect(architecture.family).toBeUndefined()
    expect(warnings).toContain('is no usable name')
  })

  it.each(['__proto__', 'constructor', 'toString'])('%s is a name like any other', async (name) => {
    write(text(name))
    const { architecture } = await inspect()
    expect(architecture).toMatchObject({ ...sizes, family: name })
  })
})
