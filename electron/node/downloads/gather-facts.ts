import { join } from 'node:path'
import { type Inspection } from '#shared/domain/inspection'
import { isJsonObject, type JsonObject, ownValue } from '#shared/domain/json'
import { type Result } from '#shared/domain/result'
import { parseYamlText } from '../config/read-document'
import { hasTokenizerKey } from '../config/read-tokenizer-config'
import { readText } from '../files/read-text'
import { type Artifact, sha256OfFile } from './directory-checksum'

const MAX_CARD_BYTES = 4 * 2 ** 20

/** Where a model's chat template stands, in the registry's form. */
export async function chatTemplateOf(
  root: string,
  files: readonly string[],
  inspection: Inspection | undefined,
): Promise<JsonObject> {
  const file = ['chat_template.jinja', 'chat_template.json'].find((name) => files.includes(name))
  if (file !== undefined) {
    return { source: 'external', path: join(root, file), sha256: await sha256OfFile(join(root, file)) }
  }
  const isEmbedded = inspection?.has_chat_template === true || hasTokenizerTemplate(root, files)
  return { source: isEmbedded ? 'embedded' : 'none', path: null, sha256: null }
}

function hasTokenizerTemplate(root: string, files: readonly string[]): boolean {
  // A tokenizer config that cannot be read is a warning of the extraction; here it just shows no template.
  return files.includes('tokenizer_config.json') && hasTokenizerKey(root, 'tokenizer_config.json', 'chat_template')
}

/** Signals of README and licence file for `metadata`, under the keys that the registry has for them. */
export async function cardSignals(root: string, artifacts: readonly Artifact[]): Promise<JsonObject> {
  const readme = artifacts.find(({ path }) => /^readme\.md$/i.test(path))
  const licence = artifacts.find(({ path }) => /^licen[cs]e[^/]*$/i.test(path))
  const signals = readme === undefined ? {} : await frontMatter(join(root, readme.path))
  const { pipeline_tag: task, library_name: library, ...hints } = signals
  return {
    ...(readme !== undefined && { readme_file: readme.path, readme_sha256: readme.sha256, readme_signals: hints }),
    ...(licence !== undefined && { license_file: licence.path }),
    ...(task !== undefined && { model_type: task }),
    ...(library !== undefined && { library }),
  }
}

const SIGNALS: readonly (readonly [key: string, name: string])[] = [
  ['license', 'license_hint'],
  ['base_model', 'base_model'],
  ['pipeline_tag', 'pipeline_tag'],
  ['library_name', 'library_name'],
]

async function frontMatter(path: string): Promise<JsonObject> {
  const text = await readText(path, { maxBytes: MAX_CARD_BYTES })
  const matter = text.ok ? /^---\r?\n([\s\S]*?)\r?\n---(?:\r?\n|$)/.exec(text.value.text)?.[1] : undefined
  if (matter === undefined) return {}
  const parsed: Result<unknown> = parseYamlText(matter, path)
  // The card is prose for people; what cannot be read gives no signal.
  if (!parsed.ok || !isJsonObject(parsed.value)) return {}
  const card = parsed.value
  const found = SIGNALS.flatMap(([key, name]) => {
    const value = ownValue(card, key)
    const first = Array.isArray(value) ? (value as readonly unknown[])[0] : value
    return typeof first === 'string' && first !== '' ? [[name, first.slice(0, 200)] as const] : []
  })
  return Object.fromEntries(found)
}
