import { fail, ok, type Result } from '#shared/domain/result'

/** Elements and bytes of one block of a cache type. Source: ggml type traits (b10256). */
const cacheBlocks = {
  f32: { elements: 1, bytes: 4 },
  f16: { elements: 1, bytes: 2 },
  bf16: { elements: 1, bytes: 2 },
  q8_0: { elements: 32, bytes: 34 },
  q5_1: { elements: 32, bytes: 24 },
  q5_0: { elements: 32, bytes: 22 },
  q4_1: { elements: 32, bytes: 20 },
  q4_0: { elements: 32, bytes: 18 },
  iq4_nl: { elements: 32, bytes: 18 },
} as const

export type CacheType = keyof typeof cacheBlocks

export const cacheTypeNames = Object.keys(cacheBlocks) as readonly CacheType[] // the keys are exactly the union

/** Reads a value of `--cache-type-k` or `--cache-type-v`; anything that llama.cpp refuses is `BAD_VALUE`. */
export function parseCacheType(text: string): Result<CacheType> {
  const name = text.trim().toLowerCase()
  const found = cacheTypeNames.find((type) => type === name)
  if (found !== undefined) return ok(found)
  return fail('BAD_VALUE', `"${text}" is not a cache type of llama.cpp.`, {
    hint: `Use one of ${cacheTypeNames.join(', ')}.`,
  })
}

export function isQuantisedCache(type: CacheType): boolean {
  return cacheBlocks[type].elements > 1
}

/** Elements of one block: a head must be a multiple of it, or llama.cpp refuses to start. */
export function cacheBlockElements(type: CacheType): number {
  return cacheBlocks[type].elements
}

/** Bytes of one row of `elements` elements. Callers have checked that whole blocks fit. */
export function cacheRowBytes(type: CacheType, elements: number): number {
  const block = cacheBlocks[type]
  return (elements * block.bytes) / block.elements
}
