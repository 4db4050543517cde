import { type ModelView } from '#shared/domain/model-view'
import { type RegistryEntry } from '#shared/domain/registry'
import { fail, ok, type Result } from '#shared/domain/result'
import { type PlanGpu } from '#shared/estimator/request'
import { type FlagProposal, proposeFlags } from '#shared/estimator-request/propose-flags'
import { type ProposedFlags } from '#shared/ipc/downloads'
import { applyCommand } from '#shared/launch-args/apply-command'
import { dialectOf } from '#shared/launch-args/dialect-of'
import { planApply } from '#shared/launch-args/plan'
import { describeModel } from '#shared/registry/describe-model'
import { type Inspector } from '../library/inspector'
import { type RegistryService } from '../registry/registry-service'

export interface ProposalTools {
  readonly registry: RegistryService
  readonly inspector: Inspector
}

export interface ProposalQuestion {
  /** Of the entry. */
  readonly id: string
  /** Cards of the plan; none known: nothing is proposed, and the answer says so. */
  readonly gpus: readonly PlanGpu[]
  readonly signal?: AbortSignal
}

/**
 * Conservative first launch flags for one entry of the registry, with the command that writes them. Reads, never
 * writes. Errors: UNKNOWN_MODEL, UNSUPPORTED_ENGINE, those of the registry.
 */
export async function proposeFor(
  { registry, inspector }: ProposalTools,
  question: ProposalQuestion,
): Promise<Result<ProposedFlags>> {
  const loaded = await registry.load()
  if (!loaded.ok) return loaded
  const entry = loaded.value.entries.find(({ id }) => id === question.id)
  if (entry === undefined) {
    return fail('UNKNOWN_MODEL', `No model is called "${question.id}".`, {
      hint: 'It may have been removed meanwhile.',
    })
  }
  return proposeForEntry(inspector, entry, question)
}

async function proposeForEntry(
  inspector: Inspector,
  entry: RegistryEntry,
  { gpus, signal }: ProposalQuestion,
): Promise<Result<ProposedFlags>> {
  const model = describeModel(entry)
  const headers = await readHeaders(inspector, model, signal)
  const proposal = proposeFlags({ model, gpus, ...headers })
  return proposal.ok ? viewOf(model, gpus, proposal.value) : proposal
}

/** Placement facts that the registry does not hold. Files that are gone are no error: the entry may still be planned. */
async function readHeaders(inspector: Inspector, model: ModelView, signal: AbortSignal | undefined) {
  const path = model.download_path
  if (path === undefined || path.startsWith('ollama:')) return {}
  const read = await inspector.inspect(path, { ...(signal && { signal }) })
  if (!read.ok) return {}
  const { architecture, tensors, projector_bytes: projector } = read.value
  return {
    ...(tensors !== undefined && { tensors }),
    ...(projector !== undefined && { projectorBytes: { value: projector, source: 'gguf:projector' } }),
    ...(model.architecture?.num_layers === undefined && { architecture }),
  }
}

function viewOf(model: ModelView, gpus: readonly PlanGpu[], proposal: FlagProposal): Result<ProposedFlags> {
  const { estimate, changes, engine, reason, contextTokens, requests } = proposal
  const extraArgs = model.extra_args
  const plan = planApply({ extraArgs, changes, removeDuplicates: false, dialect: dialectOf(model.backend) })
  if (!plan.ok) return plan
  const command = { name: model.id, changes, removeDuplicates: false, contextWindow: undefined }
  return ok({
    id: model.id,
    name: model.name,
    engine,
    changes: [...changes],
    reason,
    before: plan.value.before,
    after: plan.value.after,
    ...(changes.length > 0 && { command: applyCommand(command) }),
    gpus: gpus.map(({ name, totalBytes, source }) => ({
      ...(name !== undefined && { name }),
      total_bytes: totalBytes,
      source,
    })),
    verdict: estimate.verdict,
    high_bytes: estimate.high_bytes,
    budget_bytes: estimate.per_gpu.reduce((sum, gpu) => sum + gpu.budget_bytes, 0),
    ...(contextTokens !== undefined && { context_tokens: contextTokens }),
    ...(requests !== undefined && { requests }),
    warnings: [...plan.value.warnings],
  })
}
