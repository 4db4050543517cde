import { type ModelView } from '#shared/domain/model-view'

/** Every word of the query occurs in name, display name, family, quantisation, backend, path or an alias. */
export function matchesModel(model: ModelView, query: string): boolean {
  const fields = [
    model.name,
    model.display_name,
    model.family,
    model.quantization,
    model.backend,
    model.download_path,
    model.served_model_id,
    ...model.aliases,
  ]
  const text = fields.filter(Boolean).join('\n').toLowerCase()
  return words(query).every((word) => text.includes(word))
}

function words(query: string): readonly string[] {
  return query.toLowerCase().split(/\s+/).filter(Boolean)
}

export interface TextPart {
  readonly text: string
  readonly isMatch: boolean
}

/** Splits a name so that the first place of the longest query word can be marked. */
export function matchParts(name: string, query: string): readonly TextPart[] {
  const [word] = [...words(query)].sort((left, right) => right.length - left.length)
  const at = word === undefined ? -1 : name.toLowerCase().indexOf(word)
  if (word === undefined || at < 0) return [{ text: name, isMatch: false }]
  return [
    { text: name.slice(0, at), isMatch: false },
    { text: name.slice(at, at + word.length), isMatch: true },
    { text: name.slice(at + word.length), isMatch: false },
  ].filter((part) => part.text !== '')
}
