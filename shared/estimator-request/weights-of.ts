import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { type ModelView } from '#shared/domain/model-view'
import { type Sourced } from '#shared/domain/provenance'
import { type EstimateRequest } from '#shared/estimator/request'

/** A download holds tokenizer and text files too: at most this share of it is not weights. */
const DOWNLOAD_OVERHEAD_SHARE = 0.1

/**
 * Weight bytes on disk in the contract's order of trust (what is measured or given by hand comes as a known term and
 * stands before these): `weights_bytes`, headers found at the download path, then the size of the download.
 */
export function weightsOf(input: {
  readonly architecture: ArchitectureMetadata
  readonly model?: ModelView
  readonly headerBytes?: Sourced<number>
}): EstimateRequest['weights'] {
  const { architecture, model, headerBytes } = input
  if (architecture.weights_bytes !== undefined) {
    const source = architecture.field_sources?.['weights_bytes'] ?? 'weights_bytes'
    return { bytes: exactly(architecture.weights_bytes), source }
  }
  if (headerBytes !== undefined) return { bytes: exactly(headerBytes.value), source: headerBytes.source }
  const size = model?.download_size_bytes
  if (size === undefined || size === 0) return undefined
  const low = Math.floor(size * (1 - DOWNLOAD_OVERHEAD_SHARE))
  return { bytes: { low, likely: size, high: size }, source: 'derived:download_size_bytes' }
}

function exactly(bytes: number): { low: number; likely: number; high: number } {
  return { low: bytes, likely: bytes, high: bytes }
}
