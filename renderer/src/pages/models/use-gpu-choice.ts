import { useMemo } from 'react'
import { type PlanGpu } from '#shared/estimator/request'
import { planGpuOf } from '#shared/estimator-request/plan-gpus'
import { formatSize } from '../../format/numbers'
import { useGpus } from '../../stores/gpus'
import { useSettings } from '../../stores/settings'
import { useModelsPage } from './store'

interface GpuChoice {
  readonly key: string
  readonly label: string
  readonly gpu: PlanGpu
}

/** The card for which the fit is shown: detected ones first, then those added by hand. */
export function useGpuChoice() {
  const detected = useGpus((state) => state.detected)
  const manual = useSettings((state) => state.settings.manual_gpus)
  const key = useModelsPage((state) => state.gpuKey)
  const choices = useMemo(
    (): readonly GpuChoice[] => [
      ...detected.map((gpu) => ({
        key: `detected-${gpu.index}`,
        label: shortName(gpu.name),
        gpu: planGpuOf(gpu),
      })),
      ...manual.map((gpu, index) => ({
        key: `manual-${index}`,
        label: shortName(gpu.name),
        gpu: { name: gpu.name, totalBytes: gpu.total_bytes, source: 'manual' },
      })),
    ],
    [detected, manual],
  )
  const choice = choices.find((option) => option.key === key) ?? choices[0]
  const options =
    choices.length === 0
      ? [{ value: '', label: 'No GPU known' }]
      : choices.map((option) => ({ value: option.key, label: `${option.label}, ${formatSize(option.gpu.totalBytes)}` }))
  return { choice, options, choose: (next: string) => useModelsPage.setState({ gpuKey: next }) }
}

/** The maker's name is the same on all of them. */
function shortName(name: string): string {
  return name.replace(/^NVIDIA (GeForce )?/, '')
}
