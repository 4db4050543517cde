import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { buildGraph, readSources } from './module-graph'
import { findViolations } from './rules'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const sources = readSources(root)

it('sees the whole project and resolves every import of its own', () => {
  const graph = buildGraph(sources)
  expect(graph.size).toBeGreaterThan(100)
  const unresolved = [...graph.values()].flatMap(({ path, imports }) =>
    imports
      .filter(({ specifier, target }) => /^[.#]/.test(specifier) && !/\.(?:css|json)$/.test(specifier) && !target)
      .map(({ specifier }) => `${path}: ${specifier}`),
  )
  expect(unresolved).toEqual([])
})

it('keeps every layer rule', () => {
  expect(findViolations(buildGraph(sources)).map(({ message }) => message)).toEqual([])
})

/** One planted breach per rule, and a word of the door that its message must name. */
const planted: readonly (readonly [rule: string, path: string, text: string, door: string])[] = [
  ['shared is pure', 'shared/domain/bad.ts', "import { readFile } from 'node:fs/promises'", 'electron/node'],
  ['shared is pure', 'shared/domain/bad.ts', "import lodash from 'lodash'", 'zod and jsonc-parser'],
  ['shared is pure', 'shared/domain/bad.ts', "export * from '../../electron/node/world'", 'electron/node'],
  ['no clock, no dice in shared', 'shared/domain/bad.ts', 'export const at = Date.now()', 'pass the time'],
  ['no clock, no dice in shared', 'shared/domain/bad.ts', 'export const at = new Date()', 'pass the time'],
  ['no clock, no dice in shared', 'shared/domain/bad.ts', 'export const n = Math.random()', 'randomness'],
  ['plain Node outside the window', 'electron/node/bad.ts', "import { app } from 'electron'", 'electron/main'],
  ['plain Node outside the window', 'electron/cli/bad.ts', "import type { App } from 'electron'", 'electron/main'],
  ['plain Node outside the window', 'electron/worker/bad.ts', "import '../main/log'", 'electron/main'],
  ['node does not know its users', 'electron/node/bad.ts', "import '../cli/index'", 'imports neither'],
  ['a small preload', 'electron/preload/bad.ts', "import { z } from 'zod'", 'shared/ipc'],
  [
    'a small preload',
    'electron/preload/bad.ts',
    "import { contract } from '#shared/ipc/contract'",
    'shared/ipc/channels',
  ],
  ['the page is only a page', 'renderer/src/app/bad.ts', "import { join } from 'node:path'", 'shared/ipc/contract'],
  ['the page is only a page', 'renderer/src/app/bad.ts', "import { join } from 'path'", 'shared/ipc/contract'],
  [
    'the page is only a page',
    'renderer/src/app/bad.ts',
    "import { createWorld } from '../../../electron/node/world'",
    'renderer/src/api',
  ],
  ['the page is only a page', 'renderer/src/app/bad.ts', "const e = await import('electron')", 'renderer/src/api'],
  [
    'pages stand alone',
    'renderer/src/pages/settings/bad.ts',
    "import '../models/view-model'",
    'renderer/src/components',
  ],
  ['one door for writing', 'electron/node/bad.ts', "import { writeFile } from 'node:fs/promises'", 'replaceFile'],
  ['one door for writing', 'electron/main/bad.ts', "import { renameSync } from 'node:fs'", 'replaceFile'],
  ['one door for writing', 'electron/cli/bad.ts', "import * as fs from 'node:fs'", 'replaceFile'],
  ['one door for writing', 'electron/node/bad.ts', "const h = await open('x', 'w')", 'replaceFile'],
  ['one door for writing', 'electron/worker/bad.ts', 'export const f = (h) => h.truncate(0)', 'replaceFile'],
  [
    'one door to the network',
    'electron/node/bad.ts',
    "const r = await fetch('https://x')",
    'electron/node/hub/client.ts',
  ],
  [
    'one door to the network',
    'renderer/src/app/bad.ts',
    "const r = await window.fetch('x')",
    'electron/node/hub/client.ts',
  ],
  ['one door to the network', 'electron/main/bad.ts', "import { net } from 'electron'", 'electron/node/hub/client.ts'],
  ['one door to the network', 'electron/node/bad.ts', "import https from 'node:https'", 'electron/node/hub/client.ts'],
  [
    'one door to the network',
    'electron/node/bad.ts',
    "const { gguf } = await import('@huggingface/gguf')",
    'electron/node/hub/client.ts',
  ],
  ['one door for IPC', 'electron/main/bad.ts', "import { ipcMain } from 'electron'", 'electron/main/ipc/register.ts'],
  ['one bridge', 'electron/main/bad.ts', "import { ipcRenderer } from 'electron'", 'electron/preload/index.ts'],
  ['one way to the browser', 'electron/main/bad.ts', "import { shell } from 'electron'", 'electron/main/external.ts'],
  ['set-up needs nothing installed', 'scripts/setup/bad.mjs', "import { z } from 'zod'", 'node: modules'],
]

describe('a planted breach is caught and told where the right door is', () => {
  it.each(planted)('%s: %s: %s', (rule, path, text, door) => {
    const before = findViolations(buildGraph(sources)).length
    const found = findViolations(buildGraph(new Map([...sources, [path, text]])))
    expect(found).toHaveLength(before + 1)
    const caught = found.find((violation) => violation.file === path)
    expect(caught).toMatchObject({ rule, message: expect.stringContaining(door) })
    expect(caught?.message).toContain(path)
  })

  it.each([
    ['engines stand alone', 'shared/estimator/engines/', 'shared/estimator'],
    ['strategies stand alone', 'shared/architecture/strategies/', 'shared/architecture'],
  ])('%s', (rule, folder, door) => {
    const members = buildGraph(sources).get(`${folder}index.ts`)?.imports ?? []
    const [first, second] = members.map(({ target }) => target).filter((target) => target?.startsWith(folder))
    if (first === undefined || second === undefined) throw new Error(`${folder}index.ts lists fewer than two members`)
    const bad = `import './${second.slice(folder.length).replace(/\.ts$/, '')}'\n${sources.get(first)}`
    const found = findViolations(buildGraph(new Map([...sources, [first, bad]])))
    expect(found.find((violation) => violation.file === first && violation.rule === rule)?.message).toContain(door)
  })

  it('no cycles', () => {
    const looped = new Map([
      ...sources,
      ['shared/domain/a.ts', "export { b } from './b'"] as const,
      ['shared/domain/b.ts', "import { a } from './a'\nexport const b = a"] as const,
    ])
    const found = findViolations(buildGraph(looped)).filter(({ rule }) => rule === 'no cycles')
    expect(found.map(({ message }) => message).join()).toContain('shared/domain/a.ts -> shared/domain/b.ts')
  })

  it('leaves types in a circle alone: they do not exist at run time', () => {
    const typed = new Map([
      ['shared/domain/a.ts', "import { type B } from './b'\nexport type A = B"],
      ['shared/domain/b.ts', "import type { A } from './a'\nexport type B = A | 1"],
    ])
    expect(findViolations(buildGraph(typed))).toEqual([])
  })
})
