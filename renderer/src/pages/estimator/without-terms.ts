import { type EstimateRequest, type KnownTerms } from '#shared/estimator/request'

const KEYS: Readonly<Record<string, keyof KnownTerms>> = {
  weights: 'weightsBytes',
  activation: 'activationBytes',
  non_torch: 'nonTorchBytes',
  graphs: 'graphBytes',
  kv_pool: 'availableKvBytes',
}

/** Takes terms out of a request that a person switched off; the estimate models them again. */
export function withoutTerms(request: EstimateRequest, off: readonly string[]): EstimateRequest {
  if (off.length === 0) return request
  const dropped = new Set(off.map((term) => KEYS[term]))
  const isOff = (key: string) => dropped.has(key as keyof KnownTerms) // keys of KnownTerms, as texts
  const kept = Object.entries(request.known).filter(
    ([key]) => !isOff(key) && !(key === 'weightsArePerGpu' && isOff('weightsBytes')),
  )
  // Only entries were left out, so the rest still is what it was.
  return { ...request, known: Object.fromEntries(kept) as KnownTerms }
}
