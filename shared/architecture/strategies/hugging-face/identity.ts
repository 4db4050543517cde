import { isJsonObject, ownValue } from '../../../domain/json'
import { type Draft } from '../../candidates'
import { classDefaultsOf, modelTypeOfClass } from './class-defaults'
import { type ConfigView, text, valueAt } from './config-view'
import { isEncoderDecoderType, isEncoderType, isKnownType } from './families'

export type ModelKind = 'decoder' | 'encoder' | 'encoder_decoder'

/** `family`: the top-level `model_type`; without one, the class name when it belongs to a known family (heuristic). */
export function setFamily(view: ConfigView, draft: Draft): void {
  const modelType = ownValue(view.top, 'model_type')
  const stated = text(modelType)
  const origin = `config:${view.file}`
  if (stated !== undefined) {
    draft.set('family', stated, { origin, key: 'model_type', raw: stated })
    if (!isKnownType(stated) && !isKnownType(view.modelType)) {
      draft.warn(`Unknown model family "${stated}": read by the generic rules.`)
    }
    return
  }
  const className = firstClass(view)
  const family = className === undefined ? undefined : modelTypeOfClass(className)
  if (className !== undefined && family !== undefined) {
    draft.set('family', family, { origin: 'heuristic:architectures', key: 'architectures', raw: className })
  }
  draft.warn('config.json states no model_type.')
}

/** Decoder, encoder or both. Vision-language wrappers count by their text part. */
export function setKind(view: ConfigView, draft: Draft): ModelKind | undefined {
  const found = kindOf(view)
  if (found === undefined) {
    draft.warn('Whether this is a decoder or an encoder is not stated.')
    return undefined
  }
  draft.set('kind', found.kind, { origin: found.origin, key: found.key, raw: found.raw })
  return found.kind
}

interface FoundKind {
  readonly kind: ModelKind
  readonly origin: string
  readonly key: string
  readonly raw: string | boolean
}

function kindOf(view: ConfigView): FoundKind | undefined {
  const origin = `config:${view.file}`
  const className = firstClass(view) ?? ''
  const type = view.topModelType ?? view.modelType
  const both = ownValue(view.top, 'is_encoder_decoder')
  if (/EncoderModel$/.test(className)) return { kind: 'encoder', origin, key: 'architectures', raw: className }
  if (both === true) return { kind: 'encoder_decoder', origin, key: 'is_encoder_decoder', raw: true }
  if (both !== false && (isEncoderDecoderType(type) || classDefaultsOf(type)?.['is_encoder_decoder'] === true)) {
    return { kind: 'encoder_decoder', origin, key: 'model_type', raw: type ?? '' }
  }
  if (isJsonObject(ownValue(view.top, 'encoder')) && isJsonObject(ownValue(view.top, 'decoder'))) {
    return { kind: 'encoder_decoder', origin, key: 'decoder', raw: true }
  }
  return kindOfOneStack(view, { className, type })
}

function kindOfOneStack(
  view: ConfigView,
  { className, type }: { readonly className: string; readonly type: string | undefined },
): FoundKind | undefined {
  const origin = `config:${view.file}`
  const isDecoderFlag = valueAt(view.top, 'is_decoder') === true
  const bothWays = seesBothWays(view, className)
  if (bothWays !== undefined) return { kind: 'encoder', origin, ...bothWays }
  if (/(?:ForCausalLM|LMHeadModel)$/.test(className))
    return { kind: 'decoder', origin, key: 'architectures', raw: className }
  if (isEncoderType(type) || (view.isNested && !isKnownType(type) && isEncoderType(view.modelType))) {
    return { kind: isDecoderFlag ? 'decoder' : 'encoder', origin, key: 'model_type', raw: type ?? '' }
  }
  if (/(?:ForMaskedLM|ForImageClassification|VisionModel|VisionModelWithProjection|TextEncoder)$/.test(className)) {
    return { kind: 'encoder', origin, key: 'architectures', raw: className }
  }
  if (isKnownType(type) || isKnownType(view.modelType))
    return { kind: 'decoder', origin, key: 'model_type', raw: type ?? view.modelType ?? '' }
  if (view.file.endsWith('params.json') && view.stated('n_kv_heads', 'n_heads') !== undefined) {
    return { kind: 'decoder', origin: 'heuristic:params.json of a decoder', key: 'n_heads', raw: true }
  }
  if (className !== '')
    return { kind: 'decoder', origin: 'heuristic:architectures', key: 'architectures', raw: className }
  if (type !== undefined && view.stated('vocab_size') !== undefined) {
    return { kind: 'decoder', origin: 'heuristic:model_type', key: 'model_type', raw: type }
  }
  return undefined
}

/** Embedding models made of decoders that see the whole text: nothing is cached (EmbeddingGemma, `LlamaBidirectionalModel`). */
function seesBothWays(
  view: ConfigView,
  className: string,
): { readonly key: string; readonly raw: string | boolean } | undefined {
  const flag = view.stated('use_bidirectional_attention')
  // With a head for text the flag speaks of the prompt only (PaliGemma), and what follows is cached.
  if (flag?.value === true && /Model$/.test(className)) return { key: flag.key, raw: true }
  return /Bidirectional(?:Model|For\w+)$/.test(className) ? { key: 'architectures', raw: className } : undefined
}

function firstClass(view: ConfigView): string | undefined {
  const classes = ownValue(view.top, 'architectures')
  return Array.isArray(classes) ? text(classes[0]) : undefined
}
