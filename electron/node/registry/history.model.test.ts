import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ok, type Result } from '#shared/domain/result'
import { MemoryFileSystem } from '../files/testing/memory-file-system'
import { createRegistryService } from './create-registry-service'
import { layerFileNames } from './locate-registry'
import { type RegistryService } from './registry-service'

/**
 * Random histories (changes, additions, removals, edits of other programs, undo in both forms, restarts) against a plain
 * model of two lists of rows. `npm run torture` plays far more and longer ones.
 */
const isLong = process.env['HEADROOM_TORTURE'] !== undefined
const layers = ['discovered', 'curated'] as const
type Layer = (typeof layers)[number]
type Row = Record<string, number | string>

const pathOf = (layer: Layer | 'snapshot') => `/r/${layerFileNames[layer]}`
const print = (rows: readonly Row[]) => `${JSON.stringify(rows, null, 2)}\n`

type Action =
  | { readonly do: 'set'; readonly name: string; readonly key: string; readonly value: number }
  | { readonly do: 'add' | 'remove'; readonly name: string }
  | { readonly do: 'other'; readonly layer: Layer; readonly name: string; readonly key: string; readonly value: number }
  | { readonly do: 'undo'; readonly choice: 'exact' | 'keep_others' }
  | { readonly do: 'restart' }

const name = fc.constantFrom('a', 'b', 'c')
const key = fc.constantFrom('x', 'y')
const value = fc.integer({ min: 1, max: 3 })
const undo = fc.record({
  do: fc.constant('undo' as const),
  choice: fc.constantFrom('exact' as const, 'keep_others' as const),
})
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('set' as const), name, key, value }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('add' as const, 'remove' as const), name }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('other' as const), layer: fc.constantFrom(...layers), name, key, value }),
  },
  { weight: 4, arbitrary: undo },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
)

/** One change as the model remembers it. */
interface Done {
  readonly before: Readonly<Record<Layer, string>>
  readonly after: Readonly<Record<Layer, string>>
  readonly turned?: {
    readonly layer: Layer
    readonly name: string
    readonly key: string
    readonly was: number | string | undefined
    readonly is: number
  }
  undone: boolean
}

class World {
  readonly fs = new MemoryFileSystem()
  rows: Record<Layer, Row[]> = {
    discovered: [{ name: 'a', x: 1, y: 1 }, { name: 'b' }],
    curated: [{ name: 'a', x: 2 }],
  }
  readonly history: Done[] = []
  service: RegistryService = this.open()

  async begin(): Promise<void> {
    await this.fs.makeDirectory('/r')
    for (const layer of layers) this.fs.put(pathOf(layer), print(this.rows[layer]))
  }

  open(): RegistryService {
    const sleep = async () => undefined
    const processes = { self: { pid: 1, host: 'test' }, state: () => 'gone' as const }
    const lock = { processes, sleep, waitMs: 0 }
    const now = () => new Date('2026-01-02T03:04:05Z')
    const location = { path: '/r', mode: 'layered' } as const
    return createRegistryService({ location, dataDir: '/data', now, fs: this.fs, sleep, lock })
  }

  texts(): Record<Layer, string> {
    return { discovered: this.fs.text(pathOf('discovered')) ?? '', curated: this.fs.text(pathOf('curated')) ?? '' }
  }

  row(layer: Layer, rowName: string): Row | undefined {
    return this.rows[layer].find((one) => one['name'] === rowName)
  }

  /** The load rule, said in one line. */
  merged(): Row[] {
    const base = this.rows.discovered.map((row) => ({ ...row, ...this.row('curated', String(row['name'])) }))
    return [...base, ...this.rows.curated.filter((row) => !this.row('discovered', String(row['name'])))]
  }

  async play(step: Action): Promise<void> {
    switch (step.do) {
      case 'set':
        return this.set(step)
      case 'add':
      case 'remove':
        return this.addOrRemove(step)
      case 'other': {
        const row = this.row(step.layer, step.name)
        if (row) row[step.key] = step.value
        return this.fs.put(pathOf(step.layer), print(this.rows[step.layer]))
      }
      case 'undo':
        return this.undo(step.choice)
      case 'restart':
        this.service = this.open()
    }
  }

  async set(step: Extract<Action, { do: 'set' }>): Promise<void> {
    const layer =
      this.row('curated', step.name)?.[step.key] !== undefined || !this.row('discovered', step.name)
        ? 'curated'
        : 'discovered'
    const row = this.row(layer, step.name)
    const before = this.texts()
    const edits = [{ path: [step.key], value: step.value }]
    const result = await this.service.change({
      description: 's',
      backup: false,
      plan: () => ok([{ id: step.name, edits }]),
    })
    if (!row) return expect(result).toMatchObject({ error: { code: 'UNKNOWN_MODEL' } })
    const was = row[step.key]
    expect(result).toMatchObject({ value: { changed: was !== step.value } })
    if (was === step.value) return
    row[step.key] = step.value
    const turned = { layer, name: step.name, key: step.key, was, is: step.value } as const
    this.history.push({ before, after: this.texts(), turned, undone: false })
  }

  async addOrRemove(step: Extract<Action, { do: 'add' | 'remove' }>): Promise<void> {
    const isThere = layers.some((layer) => this.row(layer, step.name))
    if (isThere === (step.do === 'add')) return
    const before = this.texts()
    const how = step.do === 'add' ? { add: () => ok([{ name: step.name, x: 9 }]) } : { remove: () => ok([step.name]) }
    expect(await this.service.change({ description: 'r', backup: false, plan: () => ok([]), ...how })).toMatchObject({
      ok: true,
    })
    if (step.do === 'add') this.rows.discovered.push({ name: step.name, x: 9 })
    else for (const layer of layers) this.rows[layer] = this.rows[layer].filter((row) => row['name'] !== step.name)
    this.history.push({ before, after: this.texts(), undone: false })
  }

  async undo(choice: 'exact' | 'keep_others'): Promise<void> {
    const last = this.history.findLast((one) => !one.undone)
    const now = this.texts()
    const result: Result<unknown> = await this.service.undo(undefined, choice)
    if (!last) return expect(result).toMatchObject({ error: { code: 'NOTHING_TO_UNDO' } })
    const own = layers.filter((layer) => last.before[layer] !== last.after[layer])
    if (choice === 'exact') {
      const isMoved = own.some((layer) => now[layer] !== last.after[layer])
      expect(result.ok ? undefined : result.error.code).toBe(isMoved ? 'CONFLICT' : undefined)
      if (isMoved) return expect(this.texts()).toEqual(now)
      for (const layer of own) {
        expect(this.texts()[layer]).toBe(last.before[layer])
        this.rows[layer] = JSON.parse(last.before[layer]) as Row[] // printed by the test itself or checked row by row
      }
    } else {
      const { turned } = last
      const row = turned && this.row(turned.layer, turned.name)
      const held = turned && row?.[turned.key]
      const canGo = turned !== undefined && row !== undefined && (held === turned.is || held === turned.was)
      expect(result.ok ? undefined : result.error.code).toBe(canGo ? undefined : 'CONFLICT')
      if (!canGo) return expect(this.texts()).toEqual(now)
      if (turned.was === undefined) delete row[turned.key]
      else row[turned.key] = turned.was
    }
    last.undone = true
  }

  async check(): Promise<void> {
    const loaded = await this.service.load()
    if (!loaded.ok) throw new Error(loaded.error.message)
    expect(loaded.value.entries.map((entry) => entry.value)).toEqual(this.merged())
    for (const layer of layers) expect(JSON.parse(this.texts()[layer])).toEqual(this.rows[layer])
    expect((await this.fs.list('/r')).filter((file) => /\.(tmp|lock)$/.test(file))).toEqual([])
  }
}

describe('any history', () => {
  it('leads where the model says, and what was never touched by others can be walked back to the first byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: isLong ? 40 : 15 }), async (steps) => {
        const world = new World()
        await world.begin()
        const first = world.texts()
        for (const step of steps) {
          await world.play(step)
          await world.check()
        }
        const isAlone = steps.every((step) => step.do !== 'other')
        if (!isAlone) return
        while (world.history.some((one) => !one.undone)) await world.undo('exact')
        expect(world.texts()).toEqual(first)
        await world.check()
      }),
      { numRuns: isLong ? 3000 : 60 },
    )
  }, 900_000)
})
