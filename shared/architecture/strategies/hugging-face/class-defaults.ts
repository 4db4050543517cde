import { type Json } from '../../../domain/json'
import { classDefaultsAToF } from './class-defaults-a-to-f'
import { classDefaultsGToL } from './class-defaults-g-to-l'
import { classDefaultsMToZ } from './class-defaults-m-to-z'

/**
 * Defaults of the Transformers configuration classes (read from the library's own classes, release 5.18), by model type;
 * `solar_open2` has its class in vLLM.
 * Transformers leaves values equal to the class default out of nested configs, so a config that lacks them means these.
 */
export type ClassDefaults = Readonly<Record<string, Json>>

const table = parseTable([classDefaultsAToF, classDefaultsGToL, classDefaultsMToZ].join(''))

function parseTable(text: string): ReadonlyMap<string, ClassDefaults> {
  const map = new Map<string, ClassDefaults>()
  for (const line of text.split('\n')) {
    const [modelType, ...pairs] = line.split(' ')
    if (modelType === undefined || modelType === '') continue
    map.set(modelType, Object.fromEntries(pairs.map(parsePair)))
  }
  return map
}

function parsePair(pair: string): [string, Json] {
  const [key = '', text = ''] = pair.split('=')
  if (text === 'null') return [key, null]
  if (text === 'true' || text === 'false') return [key, text === 'true']
  return [key, Number(text)]
}

export function classDefaultsOf(modelType: string | undefined): ClassDefaults | undefined {
  return modelType === undefined ? undefined : table.get(modelType)
}

/** Model types whose spelling is close enough to a class name (`DeepseekV2ForCausalLM` means `deepseek_v2`). */
const bySquashedName = new Map([...table.keys()].map((modelType) => [squash(modelType), modelType]))

/** Model type behind an entry of `architectures`, when the class belongs to Transformers. */
export function modelTypeOfClass(className: string): string | undefined {
  const stem = className.replace(
    /(?:ForCausalLM|ForConditionalGeneration|LMHeadModel|ForMaskedLM|Model|ForSequenceClassification)$/,
    '',
  )
  return bySquashedName.get(squash(stem))
}

function squash(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}
