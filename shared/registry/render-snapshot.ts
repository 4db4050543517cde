import { type Node, parseTree } from 'jsonc-parser'
import { isJsonObject, type Json, type JsonObject, jsonEquals, ownValue } from '#shared/domain/json'
import { type RegistryEntry, type RegistryLayer } from '#shared/domain/registry'
import { applyTextEdits, type Span, type TextEdit } from './text-edit'
import { houseStyle, quoteJson, type TextStyle, wrap } from './text-style'

/** One file of the registry, parsed. */
export interface LayerText {
  readonly text: string
  readonly values: readonly Json[]
  readonly spans: readonly Span[]
}

export interface SnapshotSources {
  /** The merged entries, in the order of the load rule. */
  readonly entries: readonly RegistryEntry[]
  readonly layers: Readonly<Partial<Record<RegistryLayer, LayerText>>>
  /** Style of the snapshot file, or the house style when there is none yet. */
  readonly style: TextStyle
}

/**
 * The merged file after a change. Rows that already say what the load rule yields keep their text; the others are
 * printed anew with the literals of the layers (`150000.0`, `\u00e9`), so a snapshot made from nothing equals the one
 * that the older program writes.
 */
export function renderSnapshot(sources: SnapshotSources): string {
  const { entries, layers, style } = sources
  const old = layers.snapshot
  const inPlace = planSnapshotInPlace(sources)
  if (old && inPlace) return applyTextEdits(old.text, inPlace.edits)
  const reusable = old ? rowsByName(old) : new Map<string, OldRow[]>()
  const rows = entries.map((entry) => {
    const same = reusable.get(entry.name)?.find((row) => isSameRow(row.value, entry.value))
    return same?.text ?? renderEntry(entry, sources)
  })
  const indent = style.isMultiline ? '' : undefined
  return wrap(['[', ']'], rows, { indent, style }) + (style.isMultiline ? style.eol : '')
}

/** Rows of the merged file to be replaced, and by what. */
export interface SnapshotRows {
  readonly edits: readonly TextEdit[]
  readonly rows: readonly { readonly index: number; readonly value: JsonObject }[]
}

/** Same names in the same order: only rows that differ are replaced. Nothing when the file has to be made anew. */
export function planSnapshotInPlace(sources: SnapshotSources): SnapshotRows | undefined {
  const { entries, layers } = sources
  const old = layers.snapshot
  if (!old || old.values.length !== entries.length) return undefined
  const isAligned = entries.every((entry, index) => nameOf(old.values[index]) === ownValue(entry.value, 'name'))
  if (!isAligned) return undefined
  const edits: TextEdit[] = []
  const rows: { index: number; value: JsonObject }[] = []
  entries.forEach((entry, index) => {
    const span = old.spans[index]
    if (!span || isSameRow(old.values[index], entry.value)) return
    edits.push({ offset: span.start, length: span.end - span.start, text: renderEntry(entry, sources) })
    rows.push({ index, value: entry.value })
  })
  return { edits, rows }
}

/** Rows compared before: objects of a registry never change, so the answer holds as long as both live. */
const known = new WeakMap<object, JsonObject>()

function isSameRow(row: Json | undefined, value: JsonObject): boolean {
  if (!isJsonObject(row)) return false
  if (known.get(row) === value) return true
  const isSame = jsonEquals(row, value)
  if (isSame) known.set(row, value)
  return isSame
}

interface OldRow {
  readonly value: JsonObject
  readonly text: string
}

function rowsByName(old: LayerText): Map<string, OldRow[]> {
  const rows = new Map<string, OldRow[]>()
  old.values.forEach((value, index) => {
    const span = old.spans[index]
    const name = nameOf(value)
    if (!span || !isJsonObject(value) || typeof name !== 'string') return
    rows.set(name, [...(rows.get(name) ?? []), { value, text: old.text.slice(span.start, span.end) }])
  })
  return rows
}

function nameOf(value: Json | undefined): Json | undefined {
  return isJsonObject(value) ? ownValue(value, 'name') : undefined
}

function renderEntry(entry: RegistryEntry, sources: SnapshotSources): string {
  const { layers, style } = sources
  const taken = takenAsItIs(entry, sources)
  if (taken !== undefined) return taken
  const parts = entry.rows.map((row) => {
    const layer = layers[row.layer]
    const span = layer?.spans[row.index]
    if (!layer || !span) throw new Error('a merged entry points at a row that is not there')
    const source = layer.text.slice(span.start, span.end)
    const root = parseTree(source)
    if (!root) throw new Error('a row that was parsed before has no tree')
    return literalsOf(root, source)
  })
  const [first, ...overlays] = parts
  const merged = overlays.reduce<Literal>((base, overlay) => mergeLiterals(base, overlay), first ?? { text: '{}' })
  return printLiteral(merged, style.isMultiline ? style.unit : undefined, style)
}

/**
 * A row of one layer that is written there just as it would be printed here (nearly all are): its text. Found out by
 * printing it natively, which costs a tenth of taking it apart.
 */
function takenAsItIs({ rows: [row, ...overlays], value }: RegistryEntry, sources: SnapshotSources): string | undefined {
  const { layers, style } = sources
  const layer = row && layers[row.layer]
  const span = layer?.spans[row?.index ?? -1]
  if (!layer || !span || overlays.length > 0 || !style.isMultiline || style.colon !== houseStyle.colon) return undefined
  const text = layer.text.slice(span.start, span.end)
  if (style.isAsciiOnly && /[\u007f-\uffff]/.test(text)) return undefined
  const printed = JSON.stringify(value, null, style.unit).replaceAll('\n', style.eol + style.unit)
  const escaped = style.isAsciiOnly
    ? printed.replace(/[\u007f-\uffff]/g, (char) => quoteJson(char, style).slice(1, -1))
    : printed
  return escaped === text ? text : undefined
}

/** A JSON value that remembers how its scalars are spelt. */
type Literal =
  | { readonly text: string }
  | { readonly items: readonly Literal[] }
  | { readonly properties: ReadonlyMap<string, LiteralProperty> }
interface LiteralProperty {
  readonly key: string
  readonly value: Literal
}

function literalsOf(node: Node, source: string): Literal {
  const children = node.children ?? []
  if (node.type === 'array') return { items: children.map((child) => literalsOf(child, source)) }
  if (node.type !== 'object') return { text: source.slice(node.offset, node.offset + node.length) }
  const properties = new Map<string, LiteralProperty>()
  for (const property of children) {
    const [key, value] = property.children ?? []
    if (!key || !value) continue
    // with a key twice the last one counts, as for every JSON reader
    const literal = source.slice(key.offset, key.offset + key.length)
    properties.set(String(key.value), { key: literal, value: literalsOf(value, source) })
  }
  return { properties }
}

/** The load rule of `mergeOver`, on literals. */
function mergeLiterals(base: Literal, overlay: Literal): Literal {
  if (!('properties' in base) || !('properties' in overlay)) return overlay
  const merged = new Map(base.properties)
  for (const [name, property] of overlay.properties) {
    if ('text' in property.value && property.value.text === 'null') continue
    const below = merged.get(name)
    merged.set(name, below ? { key: below.key, value: mergeLiterals(below.value, property.value) } : property)
  }
  return { properties: merged }
}

function printLiteral(literal: Literal, indent: string | undefined, style: TextStyle): string {
  const inner = indent === undefined ? undefined : indent + style.unit
  if ('items' in literal) {
    const items = literal.items.map((item) => printLiteral(item, inner, style))
    return wrap(['[', ']'], items, { indent, style })
  }
  if ('properties' in literal) {
    const items = [...literal.properties.values()].map(({ key, value }) => {
      return respell(key, style) + style.colon + printLiteral(value, inner, style)
    })
    return wrap(['{', '}'], items, { indent, style })
  }
  return respell(literal.text, style)
}

/** A snapshot that escapes non-ASCII stays ASCII even when a layer does not. */
function respell(literal: string, style: TextStyle): string {
  if (!style.isAsciiOnly || !literal.startsWith('"')) return literal
  return /[\u007f-\uffff]/.test(literal) ? quoteJson(String(JSON.parse(literal)), style) : literal
}

/** Style for a snapshot that does not exist yet. */
export const newSnapshotStyle: TextStyle = houseStyle
