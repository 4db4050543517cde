/** Names that a log gives a model against the names that the user has for it: the family and one more word (size, variant). */
export function isSameModel(name: string | undefined, wanted: string | undefined): boolean {
  if (name === undefined || wanted === undefined) return false
  const own = new Set(words(name))
  const asked = words(wanted).filter((word) => own.has(word))
  return new Set(asked).size >= 2
}

function words(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[^a-z0-9.]+/)
    .filter((word) => word !== '')
}
