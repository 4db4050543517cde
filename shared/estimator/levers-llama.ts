import { type LeverCandidate } from './lever-candidate'
import { type EstimateRequest } from './request'
import { type EstimateResult } from './result'
import { solveContext } from './solve'

/** Levers of llama.cpp and Ollama: cache type, context, layers on the host. */
export function llamaLevers(request: EstimateRequest, base: EstimateResult): readonly LeverCandidate[] {
  return [...cacheType(base), ...microBatch(base), ...context(request, base)]
}

function textOf(base: EstimateResult, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = base.inputs[name]?.value
    if (typeof value === 'string') return value
  }
  return undefined
}

function cacheType(base: EstimateResult): readonly LeverCandidate[] {
  const now = textOf(base, ['cache_type_k', 'kv_cache_type'])
  if (base.kv.bytes_per_token === 0 || (now !== undefined && now !== 'f16' && now !== 'bf16' && now !== 'f32'))
    return []
  return [
    {
      name: 'cache-type',
      values: { 'cache-type-k': 'q8_0', 'cache-type-v': 'q8_0', 'flash-attn': 'on' },
      change: `\`--cache-type-k q8_0 --cache-type-v q8_0\` instead of ${now ?? 'f16'}`,
      cost: 'Costs a little accuracy; needs flash attention.',
      rank: 2,
    },
  ]
}

function microBatch(base: EstimateResult): readonly LeverCandidate[] {
  const now = base.inputs['ubatch_size']?.value
  if (typeof now !== 'number' || now <= 128) return []
  const value = Math.max(128, Math.floor(now / 4))
  return [
    {
      name: 'ubatch-size',
      values: { 'ubatch-size': String(value) },
      change: `\`--ubatch-size ${value}\` instead of ${now}`,
      cost: 'Prompts are read more slowly.',
      rank: 1,
    },
  ]
}

function context(request: EstimateRequest, base: EstimateResult): readonly LeverCandidate[] {
  if (base.verdict === 'fits') return []
  const solved = solveContext(request)
  const value = solved.ok ? solved.value.max_model_len : 0
  const now = base.inputs['num_ctx']?.value ?? base.inputs['ctx_size']?.value
  if (value === 0 || (typeof now === 'number' && value >= now)) return []
  const flag = request.engine === 'ollama' ? 'num-ctx' : 'ctx-size'
  return [
    {
      name: flag,
      values: { [flag]: String(value) },
      change: `\`--${flag} ${value}\`${typeof now === 'number' ? ` instead of ${now}` : ''}`,
      cost: 'Longer prompts are cut or refused.',
      rank: 5,
    },
  ]
}
