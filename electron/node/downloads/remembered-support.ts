import { isJsonObject, ownValue } from '#shared/domain/json'
import { parseRepoReference, type RepoReference } from '#shared/hub/repo-reference'
import { isSupportFileKind, type SupportFileKind } from '#shared/hub/support-files'
import { type RegistryService } from '../registry/registry-service'

export interface RememberedSupport {
  readonly support: RepoReference
  /** Files that were to be placed; empty when it only lends its config for reading. */
  readonly kinds: readonly SupportFileKind[]
}

/** The support repository that was named for another download of the same repository. */
export async function rememberedSupport(registry: RegistryService, id: string): Promise<RememberedSupport | undefined> {
  const loaded = await registry.load()
  if (!loaded.ok) return undefined // registering will say what is wrong with it
  for (const { value } of loaded.value.entries) {
    const source = ownValue(value, 'source')
    if (!isJsonObject(source) || ownValue(source, 'huggingface_id') !== id) continue
    const stored = ownValue(source, 'support_repo')
    const reference = typeof stored === 'string' ? parseRepoReference(stored) : undefined
    if (reference?.ok !== true) continue
    const listed = ownValue(source, 'support_files')
    const kinds = Array.isArray(listed)
      ? listed.filter((kind) => typeof kind === 'string').filter(isSupportFileKind)
      : []
    return { support: reference.value, kinds }
  }
  return undefined
}

interface SupportWish {
  readonly support?: RepoReference
  readonly supportFiles?: readonly SupportFileKind[]
}

/** Files that an earlier download of this repository took from another one are filled in here, too. */
export async function withRememberedFiles<T extends SupportWish>(
  registry: RegistryService,
  id: string,
  order: T,
): Promise<T> {
  if (order.support !== undefined) return order
  const remembered = await rememberedSupport(registry, id)
  if (remembered === undefined || remembered.kinds.length === 0) return order
  return { ...order, support: remembered.support, supportFiles: remembered.kinds }
}
