import { type Sourced } from '#shared/domain/provenance'
import { GIB, MIB } from '#shared/domain/units'
import { type EstimateRequest, type Interval } from '../request'
import { addIntervals, exactly, zeroInterval } from './interval'
import { type LlamaSettings } from './settings'

export interface ProjectorMemory {
  readonly gpu: Interval
  readonly host: Interval
  readonly formula: string
  readonly source: string
}

/** Working memory of the image encoder: Ollama sets 1 GiB aside, small projectors need a tenth of it. */
const ENCODER_GRAPH: Interval = { low: 32 * MIB, likely: 384 * MIB, high: GIB }

/** Memory of a separate projector file (mmproj): its tensors and the graph of one image. */
export function projectorMemory(request: EstimateRequest, settings: LlamaSettings): ProjectorMemory {
  const given = request.known.visionBytes
  if (given !== undefined) {
    return { gpu: exactly(given.value), host: zeroInterval, formula: `given: ${given.value}`, source: given.source }
  }
  const file = request.projectorBytes ?? embeddedTower(request)
  if (file === undefined || !settings.isProjectorUsed.value) {
    return { gpu: zeroInterval, host: zeroInterval, formula: 'no projector', source: 'default:no projector' }
  }
  const whole = addIntervals(exactly(file.value), ENCODER_GRAPH)
  const onGpu = settings.isProjectorOnGpu.value
  return {
    gpu: onGpu ? whole : zeroInterval,
    host: onGpu ? zeroInterval : whole,
    formula: `projector file ${file.value} + image graph of ${ENCODER_GRAPH.low} to ${ENCODER_GRAPH.high}`,
    source: file.source,
  }
}

/** Old Ollama models hold the tower in the model file; llama.cpp leaves such tensors alone. */
function embeddedTower({ engine, tensors }: EstimateRequest): Sourced<number> | undefined {
  if (engine !== 'ollama' || tensors === undefined || tensors.visionBytes === 0) return undefined
  return { value: tensors.visionBytes, source: 'gguf:vision tensors in the model file' }
}
