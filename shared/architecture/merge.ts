import { type ArchitectureField, type ArchitectureMetadata, architectureFields } from '../domain/architecture'
import { type Json, jsonEquals } from '../domain/json'
import { originKind, originRank } from '../domain/provenance'
import { type Candidate, type Extraction } from './candidates'
import { boundedRaw } from './foreign-values'
import { majoritySource } from './origins'

/** Two namings of the same thing; a difference is no conflict. */
const namesOnly: ReadonlySet<ArchitectureField> = new Set([
  'family',
  'rope_scaling',
  'vision',
  'layer_groups',
  'attention_precision',
])

/**
 * One object out of all findings. Precedence: manual, then the model's own files, support repository, derived,
 * heuristic, default; within a rank the earlier extraction. Disagreements of stated values become warnings that name both.
 */
export function mergeExtractions(extractions: readonly Extraction[]): ArchitectureMetadata {
  const fields: Record<string, unknown> = {}
  const sources: Record<string, string> = {}
  const evidence: Record<string, { key: string; value: Json }> = {}
  const warnings = new Set(extractions.flatMap((extraction) => extraction.warnings))
  for (const field of architectureFields) {
    const candidates = candidatesOf(field, extractions)
    const chosen = candidates[0]
    if (chosen === undefined) continue
    fields[field] = chosen.value
    sources[field] = chosen.origin
    const raw = boundedRaw(chosen.raw ?? null)
    if (chosen.key !== undefined && chosen.key !== '') evidence[field] = { key: chosen.key, value: raw }
    for (const warning of conflicts(field, candidates)) warnings.add(warning)
  }
  const source = majoritySource(sources)
  return {
    ...(fields as ArchitectureMetadata), // each field was put under its own name by a typed draft
    ...(source === undefined ? {} : { source }),
    sources: [...new Set(extractions.flatMap((extraction) => extraction.origins))],
    field_sources: sources,
    evidence,
    ...(warnings.size === 0 ? {} : { warnings: [...warnings] }),
  }
}

function candidatesOf<F extends ArchitectureField>(
  field: F,
  extractions: readonly Extraction[],
): readonly Candidate<F>[] {
  const found = extractions
    .map((extraction) => extraction.candidates[field])
    .filter((candidate) => candidate !== undefined)
  return found.toSorted((a, b) => originRank[originKind(a.origin)] - originRank[originKind(b.origin)])
}

/** Only statements conflict: what is derived, inferred or assumed merely gives way. */
function conflicts(field: ArchitectureField, candidates: readonly Candidate<ArchitectureField>[]): readonly string[] {
  const [chosen, ...others] = candidates
  if (chosen === undefined || namesOnly.has(field) || originRank[originKind(chosen.origin)] > 2) return []
  return others
    .filter((other) => originRank[originKind(other.origin)] <= 2 && !isSame(chosen.value, other.value))
    .map(
      (other) =>
        `${field}: ${chosen.origin} says ${show(chosen.value)}, ${other.origin} says ${show(other.value)}; ${show(chosen.value)} is used.`,
    )
}

function isSame(left: unknown, right: unknown): boolean {
  if (typeof left === 'number' && typeof right === 'number') return Math.fround(left) === Math.fround(right)
  return jsonEquals(left as Json, right as Json) // field values are JSON by their schema
}

function show(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
