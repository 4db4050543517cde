/**
 * Where a value came from, as the origin strings of the registry (`config:config.json`, `gguf:model.gguf`, ...).
 * The grammar is part of the on-disk contract; the precedence decides every disagreement.
 */
export const originKinds = [
  'manual',
  'config',
  'gguf',
  'safetensors',
  'quantize_config',
  'generation_config',
  'ollama',
  'support_repo',
  'runtime',
  'derived',
  'heuristic',
  'default',
  'unknown',
] as const

export type OriginKind = (typeof originKinds)[number]

/** Kind of an origin string; older programs wrote absolute paths and `config:<path>:text_config`, both are `config`. */
export function originKind(origin: string | undefined): OriginKind {
  if (origin === undefined) return 'unknown'
  const head = origin.split(':', 1)[0] ?? ''
  return (originKinds as readonly string[]).includes(head) ? (head as OriginKind) : 'unknown'
}

/** Smaller wins: manual > the model's own files > support repository > derived > heuristic > default. */
export const originRank: Readonly<Record<OriginKind, number>> = {
  manual: 0,
  config: 1,
  gguf: 1,
  safetensors: 1,
  quantize_config: 1,
  generation_config: 1,
  ollama: 1,
  support_repo: 2,
  derived: 3,
  heuristic: 4,
  default: 5,
  runtime: 6,
  unknown: 6,
}

/** A value together with its origin string, for inputs and explanations. */
export interface Sourced<T> {
  readonly value: T
  readonly source: string
}
