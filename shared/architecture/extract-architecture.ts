import { type ArchitectureMetadata } from '../domain/architecture'
import { type RawSources } from './raw'

/**
 * Front door of extraction: everything the readers found about one model to the flat object of the contract.
 * Never throws; what cannot be decided is absent and named in `warnings`. `collected_at` is the caller's business.
 */
export function extractArchitecture(raw: RawSources): ArchitectureMetadata {
  void raw
  return {}
}
