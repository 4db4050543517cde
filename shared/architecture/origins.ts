import { type ArchitectureMetadata } from '../domain/architecture'
import { originKind } from '../domain/provenance'

type Source = NonNullable<ArchitectureMetadata['source']>

/** Which `source` an origin counts for; origins that say nothing about the main file (derived, default, ...) count for none. */
function sourceOf(origin: string): Source | undefined {
  switch (originKind(origin)) {
    case 'config':
    case 'quantize_config':
    case 'generation_config':
      return 'config.json'
    case 'gguf':
      return 'gguf'
    case 'support_repo':
      return 'support_repo'
    case 'manual':
      return 'manual'
    default:
      return undefined
  }
}

/** `source` of the contract: where most fields came from; ties go to the origin met first. */
export function majoritySource(fieldSources: Readonly<Record<string, string>>): Source | undefined {
  const counts = new Map<Source, number>()
  for (const origin of Object.values(fieldSources)) {
    const source = sourceOf(origin)
    if (source !== undefined) counts.set(source, (counts.get(source) ?? 0) + 1)
  }
  let best: Source | undefined
  for (const [source, count] of counts) if (best === undefined || count > (counts.get(best) ?? 0)) best = source
  return best
}
