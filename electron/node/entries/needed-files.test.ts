import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { isNeededElsewhere, outsideOf } from './needed-files'

const at = (path: string) => resolve('/models', path)

it.each([
  ['the file of another entry', 'a/x.gguf', 'a', ['a/x.gguf'], true],
  ['a file in the folder of another entry', 'a/b/x.bin', 'a', ['a/b'], true],
  ['a shard beside the first one of another entry', 'a/x-00002-of-00002.gguf', 'a', ['a/x-00001-of-00002.gguf'], true],
  ['a projector beside two quantisations', 'a/mmproj.gguf', 'a/q4.gguf', ['a/q8.gguf'], true],
  ['its own file beside another quantisation', 'a/q4.gguf', 'a/q4.gguf', ['a/q8.gguf'], false],
  [
    'its own shard beside another quantisation',
    'a/q4-00002-of-00002.gguf',
    'a/q4-00001-of-00002.gguf',
    ['a/q8.gguf'],
    false,
  ],
  ['a file of a sibling folder of the same beginning', 'ab/x.bin', 'ab', ['a'], false],
])('knows %s', (_, file, own, others, expected) => {
  expect(isNeededElsewhere(at(file), at(own), others.map(at))).toBe(expected)
})

it('sees a folder that is a link out of the model', async () => {
  const box = await mkdtemp(join(tmpdir(), 'headroom-needed-'))
  await mkdir(join(box, 'model'))
  await mkdir(join(box, 'other'))
  await symlink(join(box, 'other'), join(box, 'model', 'sub'))
  expect(await outsideOf(join(box, 'model'), join(box, 'model', 'sub', 'x.bin'))).toMatch(/outside/)
  expect(await outsideOf(join(box, 'model'), join(box, 'model', 'x.bin'))).toBeUndefined()
  await rm(box, { recursive: true })
})
