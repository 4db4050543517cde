import { useMemo, useState } from 'react'
import { type ModelView } from '#shared/domain/model-view'
import { type ProposedFlags } from '#shared/ipc/downloads'
import { dialectOf } from '#shared/launch-args/dialect-of'
import { planApply } from '#shared/launch-args/plan'
import { Button } from '../../../components/button'
import { CommandLine } from '../../../components/command-line'
import { DiffView } from '../../../components/diff-view'
import { Loading } from '../../../components/empty-state'
import { FitBadge } from '../../../components/fit-badge'
import { Note } from '../../../components/note'
import { foreignText } from '../../../format/foreign-text'
import { plural } from '../../../format/numbers'
import { errorText } from '../error-view'
import { proposalGround } from '../finished-view'
import { applyProposal, useProposal } from '../use-proposal'

interface ProposalProps {
  readonly model: ModelView
  /** Name of the card the page answers for. */
  readonly gpu: string | undefined
  readonly onClose: () => void
}

/** Conservative launch flags for a model's first start: the estimate behind them, the change, and a button. */
export function FlagsProposal({ model, gpu, onClose }: ProposalProps) {
  const state = useProposal(model.id, { gpu, flags: JSON.stringify(model.extra_args) })
  switch (state.phase) {
    case 'loading':
      return <Loading label="Estimating first launch flags" lines={2} />
    case 'failed':
      return (
        <Note kind="warn" actions={<Close onClose={onClose} />}>
          No launch flags can be proposed: {foreignText(errorText(state.error))}
        </Note>
      )
    case 'ready':
      return state.proposal.changes.length === 0 ? (
        <Note kind="info" actions={<Close onClose={onClose} />}>
          {foreignText(state.proposal.reason)}
        </Note>
      ) : (
        <Offer model={model} proposal={state.proposal} onClose={onClose} />
      )
  }
}

function Close({ onClose }: { readonly onClose: () => void }) {
  return (
    <Button size="small" variant="quiet" onClick={onClose}>
      Close
    </Button>
  )
}

interface OfferProps {
  readonly model: ModelView
  readonly proposal: ProposedFlags
  readonly onClose: () => void
}

function Offer({ model, proposal, onClose }: OfferProps) {
  const [isWriting, setWriting] = useState(false)
  const { changes } = proposal
  const plan = useMemo(
    () =>
      planApply({
        extraArgs: model.extra_args,
        changes,
        removeDuplicates: false,
        dialect: dialectOf(model.backend),
      }),
    [model, changes],
  )
  async function apply() {
    setWriting(true)
    const isApplied = await applyProposal(proposal)
    setWriting(false)
    if (isApplied) onClose()
  }
  return (
    <section className="proposal" aria-label={`Proposed launch flags for ${foreignText(model.name, 80)}`}>
      <div className="row wrap">
        <span className="strong">Proposed launch flags</span>
        <FitBadge verdict={proposal.verdict} title={proposalGround(proposal)} />
        <span className="small two">
          {foreignText(proposal.reason)} {proposalGround(proposal)}
        </span>
      </div>
      {plan.ok && <DiffView label="Change to extra_args" lines={plan.value.diff} />}
      {proposal.warnings.map((warning) => (
        <Note key={warning} kind="warn">
          {foreignText(warning)}
        </Note>
      ))}
      <div className="row wrap">
        <Button variant="primary" blockedBy={isWriting ? 'Writing' : undefined} onClick={() => void apply()}>
          {isWriting ? 'Writing' : `Apply ${plural(changes.length, 'change')}`}
        </Button>
        <Button onClick={onClose}>Not now</Button>
        <span className="small dim">Nothing is written before you press Apply; it can be undone.</span>
      </div>
      {proposal.command !== undefined && <CommandLine command={proposal.command} />}
    </section>
  )
}
