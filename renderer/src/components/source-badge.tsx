import { memo } from 'react'
import { foreignText } from '../format/foreign-text'
import { Icon } from './icon'
import { Popover } from './popover'
import { sourceWords } from './source-words'

export interface SourceDetails {
  /** Origin string of the registry, or a flag layer; absent reads "unknown". */
  readonly origin: string | undefined
  /** Key in the source: `num_hidden_layers`. */
  readonly rawKey?: string | undefined
  /** Value in the source, verbatim (JSON). */
  readonly rawValue?: string | undefined
  /** ISO time or words. */
  readonly time?: string | undefined
  /** Both values and which won, when sources disagree: turns the badge amber. */
  readonly conflict?: string | undefined
}

interface SourceBadgeProps extends SourceDetails {
  /** Name of the value: "Layers". The button is then called "Layers, from config". */
  readonly field: string
}

/** Where a value came from, as one word; Enter or click opens origin, raw key, raw value and time. */
export const SourceBadge = memo(function SourceBadge(props: SourceBadgeProps) {
  const words = sourceWords(props.origin)
  const isConflict = props.conflict !== undefined
  const tone = isConflict ? 'conflict' : words.tone
  const word = isConflict ? 'conflict' : words.word
  const trigger = (
    <button type="button" className={`src ${tone}`.trimEnd()} aria-label={`${props.field}, from ${word}`}>
      {isConflict && <Icon name="warn" small />}
      {tone === 'missing' && <Icon name="ask" small />}
      {word}
    </button>
  )
  return (
    <Popover trigger={trigger} label={`Source of ${props.field}`}>
      <SourceBody {...props} />
    </Popover>
  )
})

function SourceBody(props: SourceBadgeProps) {
  const words = sourceWords(props.origin)
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Origin', props.origin ?? 'unknown'],
    ['Key', props.rawKey],
    ['Raw value', props.rawValue],
    ['Read', props.time],
  ]
  return (
    <div className="stack">
      <h2>{props.field}</h2>
      <p className="small two">{words.meaning}</p>
      {props.conflict !== undefined && <p className="small">{foreignText(props.conflict)}</p>}
      <dl className="kv-list left">
        {rows.map(([name, value]) =>
          value === undefined ? null : (
            <div className="pair" key={name}>
              <dt>{name}</dt>
              <dd className="mono">{foreignText(value)}</dd>
            </div>
          ),
        )}
      </dl>
    </div>
  )
}

/** The same word without a popover, for tables and keys. */
export function SourceMark({ origin }: { readonly origin: string | undefined }) {
  const { word, tone, meaning } = sourceWords(origin)
  return (
    <span className={`src ${tone}`.trimEnd()} title={`${origin ?? 'unknown'}: ${meaning}`}>
      {word}
    </span>
  )
}
