import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Inspection } from '#shared/domain/inspection'
import { writeModelFolder } from '../../../e2e/models/write-model'
import { createInspectionCache, type InspectionCache } from './inspection-cache'

const long = new Date('2020-01-01T00:00:00Z')
const now = new Date('2026-01-01T00:00:00Z')
let root: string
let model: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cache-'))
  model = writeModelFolder(join(root, 'model'), { 'a.gguf': 'aaaa', 'mmproj.gguf': 'b' })
  writeFileSync(join(root, 'worker.mjs'), '1')
  settle()
})
afterEach(() => rmSync(root, { recursive: true }))

/** Everything was last touched long ago: time stamps are set, not waited for. */
function settle(): void {
  for (const path of ['model/a.gguf', 'model/mmproj.gguf', 'model', 'worker.mjs'])
    utimesSync(join(root, path), long, long)
}

function open(): InspectionCache {
  return createInspectionCache({ file: join(root, 'cache.json'), readerUrl: pathToFileURL(join(root, 'worker.mjs')) })
}

function inspectionOf(path: string): Inspection {
  return {
    path,
    format: 'gguf',
    architecture: { num_layers: 2 },
    files: [
      { path: 'a.gguf', bytes: 4, role: 'weights' },
      { path: 'mmproj.gguf', bytes: 1, role: 'projector' },
    ],
  }
}

async function filled(path = model): Promise<InspectionCache> {
  const cache = open()
  await cache.keep(path, inspectionOf(path), now)
  return cache
}

describe('createInspectionCache', () => {
  it('remembers an answer about a folder and about a file, also in the next run', async () => {
    const file = join(model, 'a.gguf')
    const cache = await filled()
    await cache.keep(file, inspectionOf(file), now)
    await cache.save()
    for (const opened of [cache, open()]) {
      expect(await opened.find(model)).toEqual(inspectionOf(model))
      expect(await opened.find(file)).toEqual(inspectionOf(file))
      expect(await opened.find(join(root, 'other'))).toBeUndefined()
    }
  })

  it.each<[string, () => void]>([
    ['the file grew', () => appendFileSync(join(model, 'a.gguf'), 'x')],
    [
      'the file was cut to the same time',
      () => {
        truncateSync(join(model, 'a.gguf'), 1)
        settle()
      },
    ],
    ['a file that belongs to it changed', () => writeFileSync(join(model, 'mmproj.gguf'), 'c')],
    ['a file came', () => writeFileSync(join(model, 'config.json'), '{}')],
    ['a file went', () => rmSync(join(model, 'mmproj.gguf'))],
    ['everything went', () => rmSync(model, { recursive: true })],
  ])('forgets it when %s', async (_, change) => {
    const cache = await filled()
    change()
    expect(await cache.find(model)).toBeUndefined()
  })

  it('does not remember files that were touched just before they were read', async () => {
    const cache = open()
    await cache.keep(model, inspectionOf(model), new Date(long.getTime() + 1000))
    expect(await cache.find(model)).toBeUndefined()
  })

  it('reads anew with another build of the reader', async () => {
    await (await filled()).save()
    writeFileSync(join(root, 'worker.mjs'), '22')
    expect(await open().find(model)).toBeUndefined()
  })

  it.each([
    ['is no JSON', () => '{'],
    ['is of another version', (text: string) => text.replace('"version":1', '"version":2')],
    ['holds nonsense for the model', (text: string) => text.replace('"format":"gguf"', '"format":7')],
  ])('counts as empty when it %s', async (_, spoil) => {
    await (await filled()).save()
    const file = join(root, 'cache.json')
    writeFileSync(file, spoil(readFileSync(file, 'utf8')))
    expect(await open().find(model)).toBeUndefined()
  })

  it('writes nothing when there is nothing new', async () => {
    await open().save()
    expect(() => readFileSync(join(root, 'cache.json'))).toThrow()
  })
})
