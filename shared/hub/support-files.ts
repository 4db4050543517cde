/** Kinds of files that a repository of the base model can lend to a model folder that lacks them. */
export const supportFileKinds = ['config', 'tokenizer'] as const
export type SupportFileKind = (typeof supportFileKinds)[number]

const CONFIG = /^(?:config|generation_config|preprocessor_config|processor_config|video_preprocessor_config)\.json$/
const TOKENIZER =
  /^(?:(?:tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab)\.json|merges\.txt|tokenizer\.model|chat_template\.(?:jinja|json))$/

/** What a file at the top of a repository is good for; `undefined` for weights, cards and everything below folders. */
export function supportFileKind(path: string): SupportFileKind | undefined {
  if (CONFIG.test(path)) return 'config'
  return TOKENIZER.test(path) ? 'tokenizer' : undefined
}

export function isSupportFileKind(text: string): text is SupportFileKind {
  return (supportFileKinds as readonly string[]).includes(text)
}
