/**
 * ggml tensor types by id. Source: llama.cpp `ggml.h` / `ggml.c` type traits (design: llama-cpp-memory 3.5).
 * Ids 4, 5, 31-33 and 36-38 were removed and are unknown on purpose.
 */
export interface GgmlType {
  readonly name: string
  readonly blockElements: number
  readonly blockBytes: number
}

const rows: readonly (readonly [id: number, name: string, blockElements: number, blockBytes: number])[] = [
  [0, 'F32', 1, 4],
  [1, 'F16', 1, 2],
  [2, 'Q4_0', 32, 18],
  [3, 'Q4_1', 32, 20],
  [6, 'Q5_0', 32, 22],
  [7, 'Q5_1', 32, 24],
  [8, 'Q8_0', 32, 34],
  [9, 'Q8_1', 32, 36],
  [10, 'Q2_K', 256, 84],
  [11, 'Q3_K', 256, 110],
  [12, 'Q4_K', 256, 144],
  [13, 'Q5_K', 256, 176],
  [14, 'Q6_K', 256, 210],
  [15, 'Q8_K', 256, 292],
  [16, 'IQ2_XXS', 256, 66],
  [17, 'IQ2_XS', 256, 74],
  [18, 'IQ3_XXS', 256, 98],
  [19, 'IQ1_S', 256, 50],
  [20, 'IQ4_NL', 32, 18],
  [21, 'IQ3_S', 256, 110],
  [22, 'IQ2_S', 256, 82],
  [23, 'IQ4_XS', 256, 136],
  [24, 'I8', 1, 1],
  [25, 'I16', 1, 2],
  [26, 'I32', 1, 4],
  [27, 'I64', 1, 8],
  [28, 'F64', 1, 8],
  [29, 'IQ1_M', 256, 56],
  [30, 'BF16', 1, 2],
  [34, 'TQ1_0', 256, 54],
  [35, 'TQ2_0', 256, 66],
  [39, 'MXFP4', 32, 17],
  [40, 'NVFP4', 64, 36],
  [41, 'Q1_0', 128, 18],
  [42, 'Q2_0', 64, 18],
]

export const ggmlTypes: ReadonlyMap<number, GgmlType> = new Map(
  rows.map(([id, name, blockElements, blockBytes]) => [id, { name, blockElements, blockBytes }]),
)

/** Types that exist only in memory; a file that holds one is broken. */
export const ggmlTypesNeverInFiles: ReadonlySet<number> = new Set([9, 15])

/**
 * Bytes of one tensor without alignment padding; `undefined` for an unknown type, for a first dimension that does not
 * divide into blocks, or for a size beyond 2^53.
 */
export function ggmlTensorBytes(typeId: number, dims: readonly number[]): number | undefined {
  const type = ggmlTypes.get(typeId)
  if (type === undefined || (dims[0] ?? 1) % type.blockElements !== 0) return undefined
  const elements = dims.reduce((product, dim) => product * dim, 1)
  const bytes = (elements / type.blockElements) * type.blockBytes
  return Number.isSafeInteger(elements) && Number.isSafeInteger(bytes) ? bytes : undefined
}

/** `general.file_type` (llama.cpp `llama_ftype`, also the numbers it has withdrawn) to the name of the mix, lower case. */
const fileTypes: Readonly<Record<number, string>> = {
  0: 'f32',
  1: 'f16',
  2: 'q4_0',
  3: 'q4_1',
  7: 'q8_0',
  8: 'q5_0',
  9: 'q5_1',
  10: 'q2_k',
  11: 'q3_k_s',
  12: 'q3_k_m',
  13: 'q3_k_l',
  14: 'q4_k_s',
  15: 'q4_k_m',
  16: 'q5_k_s',
  17: 'q5_k_m',
  18: 'q6_k',
  19: 'iq2_xxs',
  20: 'iq2_xs',
  21: 'q2_k_s',
  22: 'iq3_xs',
  23: 'iq3_xxs',
  24: 'iq1_s',
  25: 'iq4_nl',
  26: 'iq3_s',
  27: 'iq3_m',
  28: 'iq2_s',
  29: 'iq2_m',
  30: 'iq4_xs',
  31: 'iq1_m',
  32: 'bf16',
  33: 'q4_0_4_4',
  34: 'q4_0_4_8',
  35: 'q4_0_8_8',
  36: 'tq1_0',
  37: 'tq2_0',
  38: 'mxfp4_moe',
  39: 'nvfp4',
  40: 'q1_0',
  41: 'q2_0',
}

/** Name of a `general.file_type`; bit 1024 (`LLAMA_FTYPE_GUESSED`) is ignored. */
export function ggufFileTypeName(fileType: number): string | undefined {
  return fileTypes[fileType >= 1024 ? fileType - 1024 : fileType]
}
