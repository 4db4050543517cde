import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createServices } from '../../node/services'
import { createWorld } from '../../node/world'
import { runCli } from '../program'

let box: string
beforeEach(() => {
  box = mkdtempSync(join(tmpdir(), 'headroom-inspect-'))
})
afterEach(() => rmSync(box, { recursive: true, force: true }))

it.each([[['inspect', '']], [['inspect', 'model.gguf', '--support-dir', '']]])(
  '%j is wrong usage: an empty path does not mean the current folder',
  async (args) => {
    writeFileSync(join(box, 'model.gguf'), '')
    let out = ''
    const world = createWorld({ HEADROOM_DATA_DIR: join(box, 'data') })
    const status = await runCli([...args, '--json'], {
      signal: new AbortController().signal,
      out: (text) => {
        out += text
      },
      err: () => undefined,
      createServices: () => createServices(world, { workerUrl: pathToFileURL(join(box, 'no-worker.mjs')) }),
    })
    expect(status).toBe(2)
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'USAGE', hint: expect.any(String) } })
  },
)
