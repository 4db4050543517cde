import { type ModelView } from '#shared/domain/model-view'
import { type FinishedDownload, type ProposedFlags } from '#shared/ipc/downloads'
import { type StatusTone } from '../../components/status-word'
import { formatInteger, formatSize, plural } from '../../format/numbers'

export interface Words {
  readonly text: string
  readonly tone: StatusTone
}

/** What is known about the content: compared with published hashes, or only by size. */
export function verifiedWords({ verified, files, size_only: sizeOnly }: FinishedDownload): Words {
  if (verified) return { text: `Hashes matched, ${formatInteger(files)} of ${formatInteger(files)}`, tone: 'ok' }
  if (sizeOnly === undefined || sizeOnly >= files) return { text: 'Size only, no hash published', tone: 'warn' }
  return {
    text: `Hashes matched, ${formatInteger(files - sizeOnly)} of ${formatInteger(files)}; the others by size`,
    tone: 'warn',
  }
}

/** Whether the architecture was read, and if not, why. */
export function architectureWords(one: FinishedDownload, model: ModelView | undefined): string {
  const layers = model?.architecture?.num_layers
  if (layers !== undefined) return `Architecture read, ${plural(layers, 'layer')}`
  if (one.with_architecture === false) return 'Architecture not asked for'
  return model === undefined ? 'No longer in the registry' : 'Architecture unknown'
}

/** `20.7 of 21.3 GiB on RTX 4090`: the estimate that a proposal comes from. */
export function proposalGround({ gpus, high_bytes: high, budget_bytes: budget }: ProposedFlags): string {
  const [first] = gpus
  if (first === undefined) return 'No card is known: add one on the Estimator page.'
  const name = first.name ?? 'this card'
  const cards = gpus.length === 1 ? name : `${gpus.length} cards`
  return `The estimate needs at most ${formatSize(high)} of the ${formatSize(budget)} budget on ${cards}.`
}
