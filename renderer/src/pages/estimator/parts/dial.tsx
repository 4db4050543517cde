import { type CSSProperties, type KeyboardEvent, type ReactNode, useId, useRef } from 'react'
import { parseHumanInteger } from '#shared/domain/units'
import { TextField } from '../../../components/fields'
import { SourceMark } from '../../../components/source-badge'
import { formatInteger, formatTick } from '../../../format/numbers'
import { type DialView } from '../dial-view'
import { fromPosition, POSITIONS, stepped, toPosition } from '../log-scale'

interface DialProps {
  readonly dial: DialView
  readonly label: string
  readonly unit: string
  /** Launch flag that the value becomes. */
  readonly flag: ReactNode
  /** A dragged slider sends many values: `merge` says that they belong to one step of undo. */
  readonly onChange: (value: number, options: { readonly merge: boolean }) => void
}

const KEYS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
  PageUp: 10,
  PageDown: -10,
}

/** Slider for exploring, number for exactness, ticks as presets, and a line that says how far it fits. */
export function Dial({ dial, label, unit, flag, onChange }: DialProps) {
  const id = useId()
  // The first change of a drag makes a step of undo, the others belong to it.
  const dragged = useRef(false)
  const { scale, value } = dial
  const position = toPosition(scale, value)

  function onKeyDown(event: KeyboardEvent) {
    const steps = KEYS[event.key]
    const next =
      steps !== undefined
        ? stepped(scale, value, steps)
        : event.key === 'Home'
          ? scale.min
          : event.key === 'End'
            ? scale.max
            : undefined
    if (next === undefined) return
    event.preventDefault()
    onChange(next, { merge: event.repeat })
  }
  return (
    <div className="dial">
      <div>
        <label htmlFor={id} className="strong">
          {label}
        </label>
        <div className="micro dim mono">{flag}</div>
        {dial.source === 'start' && <SourceMark origin="start" />}
      </div>
      <div>
        <input
          id={id}
          type="range"
          min={0}
          max={POSITIONS}
          value={position}
          // One custom property for the filled part of the track; React sets it through the CSSOM.
          style={{ '--p': position / POSITIONS } as CSSProperties}
          aria-valuetext={dial.spoken}
          aria-describedby={`${id}-reach`}
          onPointerDown={() => {
            dragged.current = false
          }}
          onChange={(event) => {
            onChange(fromPosition(scale, Number(event.target.value)), { merge: dragged.current })
            dragged.current = true
          }}
          onKeyDown={onKeyDown}
        />
        <ReachLine dial={dial} />
        <Ticks dial={dial} label={label} onChoose={(next) => onChange(next, { merge: false })} />
      </div>
      <div>
        <span className="field-unit">
          <TextField
            label={`${label}, ${unit}`}
            value={formatInteger(value)}
            numeric
            size={7}
            parse={(text) => parseHumanInteger(text.replaceAll(',', ''))}
            onCommit={(text) => {
              const read = parseHumanInteger(text.replaceAll(',', ''))
              if (read.ok && read.value > 0) onChange(read.value, { merge: false })
            }}
          />
          {unit}
        </span>
        <div className="reach" id={`${id}-reach`}>
          {dial.reach}
        </div>
      </div>
    </div>
  )
}

/** Green as far as it fits, amber as far as it may, then grey. */
function ReachLine({ dial }: { readonly dial: DialView }) {
  if (dial.fitsTo === undefined || dial.tightTo === undefined) return <svg className="limit" aria-hidden="true" />
  const x = (value: number) => `${(toPosition(dial.scale, value) / POSITIONS) * 100}%`
  const fits = dial.fitsTo < dial.scale.min ? '0%' : x(dial.fitsTo)
  const tight = dial.tightTo < dial.scale.min ? '0%' : x(Math.max(dial.fitsTo, dial.tightTo))
  return (
    <svg className="limit" aria-hidden="true">
      <line x1="0" x2={fits} y1="4" y2="4" className="ok" />
      <line x1={fits} x2={tight} y1="4" y2="4" className="warn" />
      <line x1={tight} x2="100%" y1="4" y2="4" className="no" />
      {[fits, tight].map((at, index) =>
        at === '100%' ? null : (
          // biome-ignore lint/suspicious/noArrayIndexKey: two stops that never change places
          <line key={index} x1={at} x2={at} y1="0" y2="8" className="stop" />
        ),
      )}
    </svg>
  )
}

interface TicksProps {
  readonly dial: DialView
  readonly label: string
  readonly onChoose: (value: number) => void
}

function Ticks({ dial, label, onChoose }: TicksProps) {
  return (
    <div className="ends">
      {dial.ticks.map((tick) => (
        <button
          key={tick}
          type="button"
          style={{ left: `${(toPosition(dial.scale, tick) / POSITIONS) * 100}%` }}
          aria-pressed={tick === dial.value}
          aria-label={`${label} ${formatTick(tick)}`}
          title={formatInteger(tick)}
          onClick={() => onChoose(tick)}
        >
          {formatTick(tick)}
        </button>
      ))}
    </div>
  )
}
