import { fail, type HeadroomError } from '#shared/domain/result'
import { parseShardName, shardFileName } from '#shared/library/detect-format'
import { quoteForeign } from './read-fault'

/** Names of a split model's files that are not in the list. */
export function missingShards(names: readonly string[]): string[] {
  const present = new Set(names)
  const missing = new Set<string>()
  const seenSets = new Set<string>()
  for (const name of names) {
    const shard = parseShardName(name)
    const set = shardFileName(name, 0)
    // Once a set, not once a file: the claimed count is foreign.
    if (shard === undefined || seenSets.has(set)) continue
    seenSets.add(set)
    for (let index = 1; index <= shard.count; index++) {
      const sibling = shardFileName(name, index)
      if (!present.has(sibling)) missing.add(sibling)
    }
  }
  return [...missing].sort()
}

/** Refusal of a split model of which files are missing; `path` is the folder, or the file that was asked for. */
export function incompleteModel(
  path: string,
  missing: readonly string[],
): { readonly ok: false; readonly error: HeadroomError } {
  const named = missing
    .slice(0, 5)
    .map((name) => quoteForeign(name))
    .join(', ')
  const more = missing.length > 5 ? ` and ${missing.length - 5} more` : ''
  return fail('INCOMPLETE_DATA', `This model is incomplete: ${named}${more} not found.`, {
    hint: 'Finish the download, then try again.',
    path,
  })
}
