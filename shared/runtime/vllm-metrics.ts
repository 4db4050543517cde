import { type Json } from '#shared/domain/json'

const SERIES = /^vllm:cache_config_info\{(.*)\} 1(?:\.0)?$/
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g

/**
 * Facts of vLLM's `/metrics`: the labels of `vllm:cache_config_info`, strings all of them ("None" too). The block size
 * there is the smallest of all groups, so tokens are taken only where the engine itself states them; the cache type is
 * the one that was asked for. With several engines (data parallel) the smallest figures count.
 */
export function parseCacheConfig(metrics: string): Readonly<Record<string, Json>> {
  const found: Record<string, Json> = {}
  for (const line of metrics.split('\n')) {
    const labels = SERIES.exec(line.trim())?.[1]
    if (labels === undefined) continue
    const label = new Map([...labels.matchAll(LABEL)].map((match) => [match[1] ?? '', match[2] ?? '']))
    least(found, 'kv_num_blocks', label.get('num_gpu_blocks'))
    least(found, 'kv_block_size', label.get('block_size'))
    least(found, 'kv_cache_tokens', label.get('kv_cache_size_tokens'))
    least(found, 'max_concurrency', label.get('kv_cache_max_concurrency'))
    least(found, 'configured_gpu_memory_utilization', label.get('gpu_memory_utilization'))
    const type = label.get('cache_dtype')
    if (type !== undefined && type !== 'None') found['configured_kv_cache_dtype'] = type
    if (type !== undefined && type !== 'None' && type !== 'auto') found['kv_cache_dtype'] = type
  }
  return found
}

function least(found: Record<string, Json>, key: string, text: string | undefined): void {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value) || value <= 0) return
  const known = found[key]
  found[key] = typeof known === 'number' ? Math.min(known, value) : value
}
