import { type Json } from '../../../domain/json'
import { visibleText } from '../../../domain/visible-text'
import { asInteger } from '../../candidates'
import { type GgufFacts, type GgufValue } from '../../raw'

/** Metadata under the architecture's own prefix. */
export interface GgufView {
  readonly facts: GgufFacts
  readonly origin: string
  /** Empty when the file names none. */
  readonly architecture: string
  /** The same for a message: control characters visible, clipped. */
  readonly shownArchitecture: string
  /** Value of `<arch>.<key>`. */
  value(key: string): GgufValue | undefined
  integer(key: string, minimum?: number): number | undefined
  number(key: string): number | undefined
  /** Per-layer value: the scalar for every layer, or entry `index` of the array. */
  perLayer(key: string, index: number, minimum?: number): number | undefined
  fullKey(key: string): string
}

const MAX_SHOWN = 60

export function viewGguf(facts: GgufFacts): GgufView {
  const named = facts.metadata['general.architecture']
  const architecture = typeof named === 'string' ? named : ''
  const clipped = architecture.length > MAX_SHOWN ? `${architecture.slice(0, MAX_SHOWN)}…` : architecture
  const value = (key: string): GgufValue | undefined => {
    const fullKey = `${architecture}.${key}`
    return Object.hasOwn(facts.metadata, fullKey) ? facts.metadata[fullKey] : undefined
  }
  return {
    facts,
    architecture,
    shownArchitecture: visibleText(clipped),
    origin: `gguf:${facts.file}`,
    value,
    integer: (key, minimum = 1) => asInteger(scalar(value(key)), minimum),
    number: (key) => {
      const found = value(key)
      return typeof found === 'number' && Number.isFinite(found) ? found : undefined
    },
    perLayer: (key, index, minimum = 0) => {
      const found = value(key)
      return Array.isArray(found) ? asInteger(asNumber(found[index]), minimum) : asInteger(scalar(found), minimum)
    },
    fullKey: (key) => `${architecture}.${key}`,
  }
}

function scalar(value: GgufValue | undefined): Json | undefined {
  return typeof value === 'object' ? undefined : value
}

function asNumber(value: string | number | boolean | undefined): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0
  return typeof value === 'number' ? value : undefined
}

/** Numbers of an array value (booleans as 0 and 1); `undefined` for scalars and for arrays of text. */
export function numbersOf(value: GgufValue | undefined): readonly number[] | undefined {
  if (!Array.isArray(value)) return undefined
  const numbers = (value as readonly (string | number | boolean)[]).map(asNumber)
  return numbers.includes(undefined) ? undefined : numbers.filter((item) => item !== undefined)
}
