import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, parse } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RegistryEntry } from '#shared/domain/registry'
import { missingUnder } from './missing-under'

let box = ''
beforeEach(() => {
  box = mkdtempSync(join(tmpdir(), 'headroom-missing-'))
  writeFileSync(join(box, 'there.gguf'), '')
})
afterEach(() => rmSync(box, { recursive: true, force: true }))

function entry(name: string, path: string): RegistryEntry {
  return { id: name, name, value: { name, download_path: path }, rows: [] }
}

describe('missingUnder', () => {
  it('names what lay under the folder and is gone, also under the root of the volume', async () => {
    const entries = [
      entry('there', join(box, 'there.gguf')),
      entry('gone', join(box, 'gone.gguf')),
      entry('beside', `${box}-other/gone.gguf`),
    ]
    expect(await missingUnder(box, entries)).toEqual(['gone'])
    expect(await missingUnder(parse(box).root, entries)).toEqual(['gone', 'beside'])
  })
})
