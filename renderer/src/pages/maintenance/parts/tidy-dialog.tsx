import { AlertDialog } from '@base-ui/react/alert-dialog'
import { useEffect, useId, useState } from 'react'
import { type HeadroomError } from '#shared/domain/result'
import { type TidyReport } from '#shared/ipc/entry-schemas'
import { call } from '../../../api/call'
import { Button } from '../../../components/button'
import { CommandLine } from '../../../components/command-line'
import { foreignText } from '../../../format/foreign-text'
import { plural } from '../../../format/numbers'
import { showRegistry } from '../../../stores/registry'
import { showError, showToast } from '../../../stores/toasts'
import { undoChange } from '../../../stores/undo'
import { tidyCommand } from '../view-model'
import { ProblemNote } from './problem-note'

/** Shows what would put duplicates and orphans right, lets a person choose among rows that differ, then does it. */
export function TidyDialog({ onClose }: { readonly onClose: () => void }) {
  const [kept, setKept] = useState<Readonly<Record<string, string>>>({})
  const { first, plan, error } = usePlan(kept)
  const todo = plan === undefined ? 0 : plan.adopted.length + plan.dropped.length
  async function tidy() {
    onClose()
    const reply = await call('health:tidy', request(false, kept))
    if (!reply.ok) return void showError(reply.error)
    const { view, adopted, dropped } = reply.value
    if (view !== undefined) showRegistry(view)
    const words = [
      adopted.length > 0 ? `${plural(adopted.length, 'entry', 'entries')} taken over` : '',
      dropped.length > 0 ? `${plural(dropped.length, 'row')} removed` : '',
    ]
    showToast({
      kind: 'ok',
      text: `Put right: ${words.filter(Boolean).join(', ')}.`,
      action: { label: 'Undo', run: () => void undoChange() },
    })
  }
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog wide-dialog">
          <AlertDialog.Title>Put duplicates and orphans right?</AlertDialog.Title>
          <AlertDialog.Description>
            A backup is made first, and the change can be taken back. Nothing is written before you press the button.
          </AlertDialog.Description>
          <div className="stack tidy scroll">
            <ProblemNote error={error} />
            <Lines title="Taken over into the discovered layer" names={plan?.adopted ?? []} />
            <Lines title="Removed: copies and rows that were not chosen" names={plan?.dropped ?? []} />
            {first?.undecided.map((group) => (
              <Choice
                key={group.name}
                group={group}
                kept={kept[group.name]}
                onKeep={(id) => setKept({ ...kept, [group.name]: id })}
              />
            ))}
            <CommandLine command={tidyCommand(Object.values(kept))} />
          </div>
          <div className="row dialog-acts">
            <AlertDialog.Close render={<Button>Leave it as it is</Button>} />
            <Button
              variant="primary"
              blockedBy={todo === 0 ? 'Choose first which row stays' : undefined}
              onClick={() => void tidy()}
            >
              {todo === 0 ? 'Put right' : `Put ${plural(todo, 'row')} right`}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}

function request(dryRun: boolean, kept: Readonly<Record<string, string>>) {
  return { dry_run: dryRun, adopt: true, remove_copies: true, keep: Object.values(kept) }
}

/** `first` is the plan without a choice: it holds every group that can be chosen from. */
function usePlan(kept: Readonly<Record<string, string>>) {
  const [first, setFirst] = useState<TidyReport>()
  const [plan, setPlan] = useState<TidyReport>()
  const [error, setError] = useState<HeadroomError>()
  useEffect(() => {
    let isCurrent = true
    void call('health:tidy', request(true, kept)).then((reply) => {
      if (!isCurrent) return
      if (!reply.ok) return setError(reply.error)
      setError(undefined)
      setPlan(reply.value)
      setFirst((known) => known ?? reply.value)
    })
    return () => {
      isCurrent = false
    }
  }, [kept])
  return { first, plan, error }
}

const MOST_LINES = 50

function Lines({ title, names }: { readonly title: string; readonly names: readonly string[] }) {
  const id = useId()
  if (names.length === 0) return null
  return (
    <div>
      <div className="small strong" id={id}>
        {title}
      </div>
      <ul className="small names-list" aria-labelledby={id}>
        {names.slice(0, MOST_LINES).map((name) => (
          <li key={name} className="wrap-anywhere">
            {foreignText(name, 200)}
          </li>
        ))}
        {names.length > MOST_LINES && <li className="dim">and {names.length - MOST_LINES} more</li>}
      </ul>
    </div>
  )
}

interface ChoiceProps {
  readonly group: TidyReport['undecided'][number]
  readonly kept: string | undefined
  readonly onKeep: (id: string) => void
}

/** Rows of one name that differ: one stays. Without a choice all stay. */
function Choice({ group, kept, onKeep }: ChoiceProps) {
  const name = foreignText(group.name, 200)
  return (
    <fieldset className="stack tightly">
      <legend className="small strong">{name}: which row stays?</legend>
      {group.rows.map((row) => (
        <label key={row.id} className="check small">
          <input type="radio" name={group.name} checked={kept === row.id} onChange={() => onKeep(row.id)} />
          <span>
            {row.places.join(' and ')}
            {row.differs.length > 0 && (
              <span className="dim"> · differs in {foreignText(row.differs.join(', '), 300)}</span>
            )}
          </span>
        </label>
      ))}
    </fieldset>
  )
}
