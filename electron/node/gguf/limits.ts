/** What a header may hold. Generous against every known model, small against memory. */
export const ggufLimits = {
  /** llama-3 405B needs 7.4 MB, a vocabulary of 262k entries with merges about 16 MB. */
  headerBytes: 256 * 2 ** 20,
  /** Real headers have below 100. */
  metadataCount: 65_536,
  /** Real models have below 10,000, also those with one tensor per expert. */
  tensorCount: 65_536,
  /** Most dimensions a ggml tensor has (`GGML_MAX_DIMS`). */
  dims: 4,
  /** GGUF specification: a key is at most 2^16 - 1 bytes. */
  keyBytes: 65_535,
  /** llama.cpp allows 63, image model tools go further. */
  tensorNameBytes: 1_024,
  /** Longest text value that is kept; a longer one is named in a warning, never shortened. */
  textBytes: 4 * 2 ** 20,
  /** Arrays up to here are kept in full: per-layer values (llama.cpp allows 512 layers). */
  keptArrayLength: 512,
  /** Texts in one array; the largest vocabularies and merge lists have about half a million. */
  textArrayLength: 4_194_304,
  /** Text of all kept keys, values and tensor names together. */
  keptBytes: 12 * 2 ** 20,
  /** llama.cpp takes any power of two; no writer goes beyond a page of any system. */
  alignment: 2 ** 20,
  warnings: 40,
} as const
