import { type ArchitectureMetadata } from '../../domain/architecture'
import { originKind } from '../../domain/provenance'
import { type Candidates, type Extraction } from '../candidates'
import { type SupportSources } from '../raw'

/** Facts about the files at hand; the same facts of another repository say nothing about them. */
const ownFilesOnly: ReadonlySet<string> = new Set([
  'weights_bytes',
  'vision_weights_bytes',
  'parameters_total',
  'parameters_active',
  'quantization',
  'quantization_bits',
])

/**
 * What the base model's repository says, under its own origin: `config:config.json#text_config` of support repository
 * `x@main` becomes `support_repo:x@main#config.json`. Defaults and derivations of it keep their kind.
 */
export function readSupport(support: SupportSources, extracted: ArchitectureMetadata): Extraction {
  const candidates: Record<string, unknown> = {}
  for (const [field, origin] of Object.entries(extracted.field_sources ?? {})) {
    if (ownFilesOnly.has(field)) continue
    const value = extracted[field]
    const evidence = extracted.evidence?.[field]
    candidates[field] = {
      value,
      origin: supportOrigin(support.origin, origin),
      ...(evidence === undefined ? {} : { key: evidence.key, raw: evidence.value }),
    }
  }
  return {
    candidates: candidates as Candidates, // fields and values come from a checked architecture
    warnings: (extracted.warnings ?? []).map((warning) => `Support repository: ${warning}`),
    origins: (extracted.sources ?? []).map((origin) => supportOrigin(support.origin, origin)),
  }
}

function supportOrigin(repository: string, origin: string): string {
  const kind = originKind(origin)
  if (
    kind !== 'config' &&
    kind !== 'gguf' &&
    kind !== 'safetensors' &&
    kind !== 'generation_config' &&
    kind !== 'quantize_config'
  )
    return origin
  const file = origin.slice(kind.length + 1).split('#')[0] ?? ''
  return `support_repo:${repository}#${file}`
}
