import { type RegistryEntry } from '#shared/domain/registry'
import { fail, ok, type Result } from '#shared/domain/result'
import { planTidy, type TidyPlan } from '#shared/registry/plan-tidy'
import { type RegistryService } from '../registry/registry-service'

export interface TidyRequest {
  readonly dryRun: boolean
  /** Take entries over that only the merged file holds. */
  readonly adopt: boolean
  /** Take rows out that say the same as another one of their name. */
  readonly removeCopies: boolean
  /** Of rows that differ: the id of the one that stays, by name; the others go. */
  readonly keep: readonly string[]
}

export interface TidyReport {
  readonly adopted: readonly string[]
  /** Ids of rows that go (or would go). */
  readonly dropped: readonly string[]
  /** Names with differing rows that were not decided. */
  readonly undecided: TidyPlan['differing']
  readonly backup?: string
  readonly historyId?: string
}

/**
 * Puts orphans and duplicates right, in one change with a backup that `undo` takes back. A dry run only says what it
 * would do. Errors: UNKNOWN_MODEL for an id in `keep` that is no differing duplicate; those of the registry.
 */
export async function tidyRegistry(registry: RegistryService, request: TidyRequest): Promise<Result<TidyReport>> {
  const snapshot = await registry.load()
  if (!snapshot.ok) return snapshot
  const isLayered = registry.location.mode === 'layered'
  let planned = planFor(snapshot.value.entries, request, isLayered)
  if (!planned.ok || request.dryRun || planned.value.adopted.length + planned.value.dropped.length === 0) return planned
  const changed = await registry.change({
    description: 'tidy duplicates and orphans',
    backup: true,
    plan: (entries) => {
      planned = planFor(entries, request, isLayered)
      return planned.ok ? ok([]) : planned
    },
    remove: () => (planned.ok ? ok(planned.value.dropped) : planned),
    adopt: () => (planned.ok ? ok(planned.value.adopted) : planned),
  })
  if (!changed.ok || !planned.ok) return changed.ok ? planned : changed
  const { backup, historyId } = changed.value
  return ok({
    ...planned.value,
    ...(backup !== undefined && { backup }),
    ...(historyId !== undefined && { historyId }),
  })
}

function planFor(entries: readonly RegistryEntry[], request: TidyRequest, isLayered: boolean): Result<TidyReport> {
  const plan = planTidy(entries, isLayered)
  const differingIds = new Set(plan.differing.flatMap(({ rows }) => rows.map(({ id }) => id)))
  const stranger = request.keep.find((id) => !differingIds.has(id))
  if (stranger !== undefined) {
    return fail('UNKNOWN_MODEL', `"${stranger}" is not one of several differing rows of a name.`, {
      hint: 'See the rows with: headroom doctor --fix',
    })
  }
  const isDecided = ({ rows }: TidyPlan['differing'][number]) => rows.some(({ id }) => request.keep.includes(id))
  const decided = plan.differing.filter(isDecided)
  const losing = decided.flatMap(({ rows }) => rows.map(({ id }) => id).filter((id) => !request.keep.includes(id)))
  return ok({
    adopted: request.adopt ? plan.adopt.map(({ id }) => id) : [],
    dropped: [...(request.removeCopies ? plan.copies.map(({ id }) => id) : []), ...losing],
    undecided: plan.differing.filter((one) => !isDecided(one)),
  })
}
