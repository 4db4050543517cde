const maxDepth = 12
const maxNodes = 200_000
const maxCharacters = 8_000_000

/** A cheap bound on anything a page sends, before a schema walks it. Also ends on cyclic values: depth runs out. */
export function isWithinLimits(value: unknown): boolean {
  let nodes = 0
  let characters = 0
  function visit(part: unknown, depth: number): boolean {
    nodes += 1
    if (nodes > maxNodes || depth > maxDepth) return false
    if (typeof part === 'string') {
      characters += part.length
      return characters <= maxCharacters
    }
    if (typeof part !== 'object' || part === null) return true
    if (ArrayBuffer.isView(part) || part instanceof ArrayBuffer) return false
    // A list of holes has a length and no items; a schema would walk the length.
    if (Array.isArray(part) && part.length > maxNodes) return false
    return Object.entries(part).every(([key, child]) => {
      characters += key.length
      return visit(child, depth + 1)
    })
  }
  return visit(value, 0)
}
