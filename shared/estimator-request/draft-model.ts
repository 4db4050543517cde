import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { isJsonObject } from '#shared/domain/json'
import { type ModelView } from '#shared/domain/model-view'
import { type Sourced } from '#shared/domain/provenance'
import { type DraftModel, type FlagLayer } from '#shared/estimator/request'
import { findFlag } from '#shared/estimator/settings'
import { draftModelOf } from '#shared/estimator/vllm/draft'
import { weightsOf } from './weights-of'

/** Name or path of the draft model that the flags name; undefined when they name none. */
export function draftNameOf(layers: readonly FlagLayer[]): string | undefined {
  const text = findFlag(layers, 'speculative-config')?.text
  if (typeof text !== 'string') return undefined
  try {
    const config: unknown = JSON.parse(text)
    return isJsonObject(config) ? draftModelOf(config) : undefined
  } catch {
    return undefined // Not JSON: the engine's settings refuse it with a message.
  }
}

/** A draft model from what is known of it: an entry of the registry, or files. */
export function toDraftModel(
  name: string,
  facts: {
    readonly model?: ModelView
    readonly architecture?: ArchitectureMetadata
    readonly headerBytes?: Sourced<number>
  },
): DraftModel {
  const architecture = facts.architecture ?? facts.model?.architecture
  const weights = weightsOf({ ...facts, architecture: architecture ?? {} })
  return { name, ...(architecture !== undefined && { architecture }), ...(weights !== undefined && { weights }) }
}
