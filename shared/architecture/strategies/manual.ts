import { type ArchitectureMetadata, architectureFields } from '../../domain/architecture'
import { originKind } from '../../domain/provenance'
import { type Candidates, type Extraction } from '../candidates'

/** Fields that a person set by hand survive every extraction. */
export function readManual(stored: ArchitectureMetadata | undefined): Extraction {
  const candidates: Record<string, unknown> = {}
  for (const field of architectureFields) {
    const origin = stored?.field_sources?.[field]
    const value = stored?.[field]
    if (origin === undefined || originKind(origin) !== 'manual' || value === undefined) continue
    candidates[field] = { value, origin }
  }
  return {
    candidates: candidates as Candidates,
    warnings: [],
    origins: Object.keys(candidates).length > 0 ? ['manual'] : [],
  } // checked when it was parsed
}
