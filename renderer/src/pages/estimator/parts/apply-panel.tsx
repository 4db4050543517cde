import { Button } from '../../../components/button'
import { CommandLine } from '../../../components/command-line'
import { DiffView } from '../../../components/diff-view'
import { Check } from '../../../components/fields'
import { Note } from '../../../components/note'
import { Panel } from '../../../components/panel'
import { foreignText } from '../../../format/foreign-text'
import { plural } from '../../../format/numbers'
import { type Target, useEstimator } from '../../../stores/estimator'
import { type ApplyView, defaultTarget, targetOptions } from '../apply-view'
import { ollamaExports } from '../ollama-exports'
import { type Question } from '../question'
import { type Point } from '../solving'

interface ApplyPanelProps {
  readonly question: Question
  readonly view: ApplyView | undefined
  /** Why nothing can be applied: not in the registry, or the flags cannot be read. */
  readonly problem: string | undefined
  readonly point: Point | undefined
  readonly phase: 'idle' | 'writing'
  readonly onApply: () => void
  readonly onUndo: () => void
  /** What the engine does at this point when not everything fits. */
  readonly outcome: { readonly text: string; readonly starts: boolean } | undefined
}

/** Writes the dials into the entry's launch flags: what changes, what to watch out for, apply, undo, the same as text. */
export function ApplyPanel(props: ApplyPanelProps) {
  const { question, view, problem, phase, onApply, onUndo } = props
  const changed = changeCount(view)
  const blockedBy =
    problem ??
    (phase === 'writing'
      ? 'Writing'
      : changed === 0
        ? 'The launch flags already say so: change context, batch or a setting first.'
        : undefined)
  return (
    <Panel
      title="Apply to model settings"
      actions={question.model && <span className="small dim">{question.model.extra_args_layer} layer</span>}
      footer={
        <>
          <Button variant="primary" blockedBy={blockedBy} onClick={onApply} aria-keyshortcuts="Control+Enter">
            {phase === 'writing'
              ? 'Writing'
              : changed === 0
                ? 'Nothing to apply'
                : `Apply ${plural(changed, 'change')}`}
          </Button>
          <Button push icon="undo" onClick={onUndo} title="Takes back the last change if the value is unchanged since">
            Undo last apply
          </Button>
        </>
      }
    >
      <div className="stack wide">
        <Targets question={question} target={view?.target ?? defaultTarget(question.engine)} />
        {problem !== undefined && <Note kind="warn">{problem}</Note>}
        {props.outcome !== undefined && <Note kind={props.outcome.starts ? 'warn' : 'bad'}>{props.outcome.text}</Note>}
        {view !== undefined && (
          <>
            {view.plan.diff.length === 0 ? (
              <p className="small dim">No launch flags are set yet.</p>
            ) : (
              <DiffView label="Change to extra_args" lines={view.plan.diff} />
            )}
            <Warnings view={view} />
            {changeCount(view) > 0 && <CommandLine command={view.command} />}
          </>
        )}
        {question.engine === 'ollama' && props.point !== undefined && <Exports point={props.point} />}
      </div>
    </Panel>
  )
}

/** Ollama reads none of the launch flags: the same context as it reads it, to copy. */
function Exports({ point }: { readonly point: Point }) {
  return (
    <div className="stack tightly">
      <span className="small two">For Ollama itself, one of:</span>
      {ollamaExports(point).map(({ label, text }) => (
        <div className="export" key={label}>
          <span className="small dim">{label}</span>
          <CommandLine command={text} label={`Copy ${label} text`} />
        </div>
      ))}
    </div>
  )
}

/** Flags whose value changes, and one more for the context window. A removed duplicate alone counts as one. */
function changeCount(view: ApplyView | undefined): number {
  if (view === undefined) return 0
  const isTouched = view.plan.diff.some(({ kind }) => kind !== 'same')
  const flags = Math.max(view.plan.changed.length, isTouched ? 1 : 0)
  return flags + (view.contextWindow === undefined ? 0 : 1)
}

interface TargetsProps {
  readonly question: Question
  readonly target: Target
}

/** Two settings that people mix up, side by side: what each means, and which one is written. */
function Targets({ question, target }: TargetsProps) {
  const setsWindow = useEstimator((state) => state.setsContextWindow)
  const isRegistered = question.model !== undefined
  return (
    <>
      <fieldset className="radio-list">
        <legend className="sr">Which setting receives the context</legend>
        {targetOptions(question.engine).map((option) => (
          <label key={option.value}>
            <input
              type="radio"
              name="target"
              checked={option.value === target}
              disabled={!isRegistered}
              onChange={() => useEstimator.setState({ target: option.value })}
            />
            <span className={option.isRead ? '' : 'dim'}>
              <code>{option.code}</code> {option.where}
            </span>
            <small>{option.note}</small>
          </label>
        ))}
      </fieldset>
      {isRegistered && (
        <span className="small">
          <Check checked={setsWindow} onChange={(next) => useEstimator.setState({ setsContextWindow: next })}>
            Also set context_window of the generation defaults
          </Check>
        </span>
      )}
    </>
  )
}

function Warnings({ view }: { readonly view: ApplyView }) {
  const removeDuplicates = useEstimator((state) => state.removeDuplicates)
  if (view.duplicates.length + view.plan.warnings.length === 0) return null
  const names = view.duplicates.map((flag) => `--${flag}`)
  return (
    <div className="stack tightly">
      {view.plan.warnings.map((text) => (
        <Note key={text} kind="warn">
          {foreignText(text)}
        </Note>
      ))}
      {names.length > 0 && (
        <Note kind="warn">
          <code>{names.join(', ')}</code> stands more than once; the last one counts.{' '}
          <Check checked={removeDuplicates} onChange={(next) => useEstimator.setState({ removeDuplicates: next })}>
            Remove the earlier one
          </Check>
        </Note>
      )}
    </div>
  )
}
