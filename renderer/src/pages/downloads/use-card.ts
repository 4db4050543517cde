import { useMemo } from 'react'
import { type PlanGpu } from '#shared/estimator/request'
import { planGpuOf } from '#shared/estimator-request/plan-gpus'
import { useGpus } from '../../stores/gpus'
import { useSettings } from '../../stores/settings'

/** The card the page answers for: the first detected one, else the first added by hand. */
export function useCard(): PlanGpu | undefined {
  const detected = useGpus((state) => state.detected)
  const manual = useSettings((state) => state.settings.manual_gpus)
  return useMemo(() => {
    const [first] = detected
    if (first !== undefined) return planGpuOf(first)
    const [own] = manual
    return own === undefined ? undefined : { name: own.name, totalBytes: own.total_bytes, source: 'manual' }
  }, [detected, manual])
}
