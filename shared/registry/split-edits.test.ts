import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isJsonObject, type Json, type JsonObject } from '#shared/domain/json'
import { type RegistryEntry, type ValueEdit } from '#shared/domain/registry'
import { valueAt } from './layer-of-value'
import { mergeLayers, mergeParts } from './merge-layers'
import { renderSnapshot } from './render-snapshot'
import { scanDocument } from './scan-document'
import { splitEdits } from './split-edits'
import { detectStyle, houseStyle } from './text-style'

const both = (discovered: JsonObject, curated: JsonObject): RegistryEntry => {
  const [entry] = mergeLayers({
    discovered: [{ name: 'm', ...discovered }],
    curated: [{ name: 'm', ...curated }],
  }).entries
  if (!entry) throw new Error('no entry')
  return entry
}
const targets = (entry: RegistryEntry, edits: ValueEdit[], layer?: 'curated' | 'discovered') => {
  const split = splitEdits(entry, edits, layer)
  if (!split.ok) throw new Error(split.error.message)
  return Object.fromEntries(split.value.map(({ layer: where, target }) => [where, target]))
}

describe('splitEdits', () => {
  it('writes a value that curated holds into curated, everything else into discovered', () => {
    const entry = both({ a: { x: 0 }, b: 0 }, { a: { x: 1 } })
    expect(targets(entry, [{ path: ['a', 'x'], value: 2 }])).toEqual({ curated: { name: 'm', a: { x: 2 } } })
    expect(targets(entry, [{ path: ['a', 'y'], value: 2 }])).toEqual({
      discovered: { name: 'm', a: { x: 0, y: 2 }, b: 0 },
    })
  })

  it('splits one object over both layers, leaf by leaf', () => {
    const entry = both({ a: { x: 0, y: 0 } }, { a: { x: 1 } })
    expect(targets(entry, [{ path: ['a'], value: { x: 5, y: 6 } }])).toEqual({
      discovered: { name: 'm', a: { x: 0, y: 6 } },
      curated: { name: 'm', a: { x: 5 } },
    })
  })

  it('follows the asked layer, except below a mask', () => {
    const entry = both({ a: 0 }, { a: 1 })
    expect(targets(entry, [{ path: ['a'], value: 2 }], 'discovered')).toEqual({ curated: { name: 'm', a: 2 } })
    expect(targets(entry, [{ path: ['b'], value: 2 }], 'curated')).toEqual({ curated: { name: 'm', a: 1, b: 2 } })
  })

  it('makes an overlay row for facts about a curated model', () => {
    const [entry] = mergeLayers({ curated: [{ name: 'm', a: 1 }], discovered: [] }).entries
    expect(entry && targets(entry, [{ path: ['metadata', 'x'], value: 1 }], 'discovered')).toEqual({
      discovered: { name: 'm', metadata: { x: 1 } },
    })
    expect(entry && targets(entry, [{ path: ['metadata', 'x'], value: 1 }])).toEqual({
      curated: { name: 'm', a: 1, metadata: { x: 1 } },
    })
  })

  it('renames in every row and removes from every row', () => {
    const entry = both({ a: 0 }, { a: 1 })
    expect(targets(entry, [{ path: ['name'], value: 'n' }])).toEqual({
      discovered: { name: 'n', a: 0 },
      curated: { name: 'n', a: 1 },
    })
    expect(targets(entry, [{ path: ['a'], value: undefined }])).toEqual({
      discovered: { name: 'm' },
      curated: { name: 'm' },
    })
  })

  it('makes the merged entry say what was asked, whatever the layers held', () => {
    const key = fc.constantFrom('a', 'b', '__proto__')
    const json: fc.Arbitrary<Json> = fc.letrec<{ json: Json }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 2 },
        fc.constantFrom<Json>(null, true, 0, 1, 'x', []),
        fc.array(fc.tuple(key, tie('json')), { maxLength: 3 }).map((entries) => Object.fromEntries(entries) as Json),
      ),
    })).json
    const object = fc
      .array(fc.tuple(key, json), { maxLength: 3 })
      .map((entries) => Object.fromEntries(entries) as JsonObject)
    const layer = fc.constantFrom('curated', 'discovered', undefined)
    fc.assert(
      fc.property(object, object, key, json, layer, (discovered, curated, at, value, asked) => {
        const entry = both(discovered, curated)
        const split = splitEdits(entry, [{ path: [at], value }], asked)
        if (!split.ok) throw new Error(split.error.message)
        const parts = entry.rows.map((row, index) => {
          const changed = split.value.find((target) => target.row === row)
          return changed?.target ?? entry.parts?.[index] ?? {}
        })
        // over a scalar, null cannot be told from absence: the load rule ignores it
        const withoutNulls = (held: Json | undefined) =>
          JSON.parse(JSON.stringify(held ?? null), (_key, item: Json) => (item === null ? undefined : item)) as Json
        expect(withoutNulls(valueAt(mergeParts(parts), [at]))).toEqual(withoutNulls(value))
      }),
      { numRuns: 500 },
    )
  })
})

describe('renderSnapshot', () => {
  const data = join(import.meta.dirname, '../../../shared/data/registries')
  const read = (name: string) => readFileSync(join(data, name), 'utf8')
  const layerOf = (text: string) => {
    const scanned = scanDocument(text)
    if (!scanned.ok) throw new Error(scanned.error.message)
    return { text, ...scanned.value }
  }

  it.skipIf(!existsSync(data))('makes from nothing the very bytes that the older program wrote', () => {
    const layers = {
      curated: layerOf(read('02-head-curated.json')),
      discovered: layerOf(read('03-head-discovered.json')),
    }
    const { entries } = mergeLayers({ curated: layers.curated.values, discovered: layers.discovered.values })
    expect(renderSnapshot({ entries, layers, style: houseStyle }) === read('01-head-merged-snapshot.json')).toBe(true)
  })

  it.skipIf(!existsSync(data))('keeps a snapshot that is in step, and changes one row of one that is not', () => {
    const text = read('01-head-merged-snapshot.json')
    const layers = {
      curated: layerOf(read('02-head-curated.json').replace('"5120"', '"9999"')),
      discovered: layerOf(read('03-head-discovered.json')),
      snapshot: layerOf(text),
    }
    const { entries } = mergeLayers({ curated: layers.curated.values, discovered: layers.discovered.values })
    const after = renderSnapshot({ entries, layers, style: detectStyle(text) })
    expect(after === text.replace('"5120"', '"9999"')).toBe(true)
  })

  it('follows additions and removals and keeps the text of rows that did not change', () => {
    const layers = {
      discovered: layerOf('[{"name": "b", "n": 1.0}, {"name": "c"}]'),
      snapshot: layerOf('[\n {"name":"a"},\n {"name":"b",   "n":1}\n]\n'),
    }
    const { entries } = mergeLayers({ discovered: layers.discovered.values })
    expect(renderSnapshot({ entries, layers, style: detectStyle(layers.snapshot.text) })).toBe(
      '[\n {"name":"b",   "n":1},\n {\n  "name": "c"\n }\n]\n',
    )
  })

  it.each<[string, string, string, string]>([
    ['as it is written', '[\n  {\n    "n": 1,\n    "l": []\n  }\n]\n', '[\n]', '{\n    "n": 1,\n    "l": []\n  }'],
    ['of another indent', '[\n    {\n        "n": 1\n    }\n]\n', '[\n]', '{\n    "n": 1\n  }'],
    ['of other line ends', '[\r\n  {\r\n    "n": 1\r\n  }\r\n]\r\n', '[\n]', '{\n    "n": 1\n  }'],
    ['with a float', '[\n  {\n    "n": 1.0\n  }\n]\n', '[\n]', '{\n    "n": 1.0\n  }'],
    ['with a key twice', '[\n  {\n    "n": 1,\n    "n": 2\n  }\n]\n', '[\n]', '{\n    "n": 2\n  }'],
    ['with numbers as keys', '[\n  {\n    "2": 1,\n    "1": 2\n  }\n]\n', '[\n]', '{\n    "2": 1,\n    "1": 2\n  }'],
    ['with letters', '[\n  {\n    "n": "é"\n  }\n]\n', '[\n]', '{\n    "n": "é"\n  }'],
    ['with letters into ASCII', '[\n  {\n    "n": "é"\n  }\n]\n', '[\n  "\\u00fc"\n]', '{\n    "n": "\\u00e9"\n  }'],
    ['with escapes', '[\n  {\n    "n": "\\u00e9"\n  }\n]\n', '[\n  "\\u00fc"\n]', '{\n    "n": "\\u00e9"\n  }'],
    ['onto one line', '[\n  {\n    "n": 1\n  }\n]\n', '["x", 1]', '{"n": 1}'],
  ])('prints a row %s with its own literals in the style of the merged file', (_what, discovered, style, row) => {
    const layers = { discovered: layerOf(discovered) }
    const { entries } = mergeLayers({ discovered: layers.discovered.values })
    expect(renderSnapshot({ entries, layers, style: detectStyle(style) })).toContain(row)
  })

  it('says what the load rule says, for every kind of layer', () => {
    const value = fc.constantFrom<Json>(null, 1, 'é', [], [1], {}, { x: null }, { x: { y: 1 } }, { x: 2, z: [] })
    const row = fc.dictionary(fc.constantFrom('a', 'b', 'c'), value)
    const rows = fc.uniqueArray(fc.tuple(fc.constantFrom('p', 'q', 'r'), row), { selector: ([name]) => name })
    const toText = fc.tuple(rows, fc.constantFrom(0, 2)).map(([list, indent]) =>
      JSON.stringify(
        list.map(([name, more]) => ({ name, ...more })),
        null,
        indent,
      ),
    )
    fc.assert(
      fc.property(toText, toText, fc.option(toText, { nil: undefined }), (curated, discovered, snapshot) => {
        const layers = {
          curated: layerOf(curated),
          discovered: layerOf(discovered),
          ...(snapshot !== undefined && { snapshot: layerOf(snapshot) }),
        }
        const values = Object.entries(layers).map(([name, layer]) => [name, layer.values])
        const { entries } = mergeLayers(Object.fromEntries(values))
        const text = renderSnapshot({ entries, layers, style: detectStyle(snapshot ?? '[\n]') })
        const parsed: unknown = JSON.parse(text)
        expect(parsed).toEqual(entries.map((entry) => entry.value))
        expect(Array.isArray(parsed) && parsed.every((item) => isJsonObject(item))).toBe(true)
      }),
    )
  })
})
