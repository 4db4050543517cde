import { type DiffLine } from '#shared/launch-args/flag-change'
import { foreignText } from '../format/foreign-text'

interface DiffViewProps {
  /** Name of the list: "Change to extra_args". */
  readonly label: string
  readonly lines: readonly DiffLine[]
}

const LOOK = {
  same: { className: '', sign: '', spoken: 'kept' },
  removed: { className: 'del', sign: '−', spoken: 'removed' },
  added: { className: 'ins', sign: '+', spoken: 'added' },
} as const

/** Token-level change of launch flags. The flag stays plain and its value is marked; readers hear "removed", "added". */
export function DiffView({ label, lines }: DiffViewProps) {
  const keyed = lines.map((line, index) => ({ line, key: `${index}:${line.tokens.join(' ')}` }))
  return (
    <ul className="diff" aria-label={label}>
      {keyed.map(({ line, key }) => (
        <li key={key} className={LOOK[line.kind].className}>
          <span className="sign" aria-hidden="true">
            {LOOK[line.kind].sign}
          </span>
          <DiffTokens line={line} />
          <span className="why">{line.note}</span>
        </li>
      ))}
    </ul>
  )
}

function DiffTokens({ line }: { readonly line: DiffLine }) {
  const [flag = '', ...values] = line.tokens.map((token) => foreignText(token))
  const equals = flag.startsWith('-') ? flag.indexOf('=') : -1
  const head = equals < 0 ? flag : flag.slice(0, equals + 1)
  const tail = equals < 0 ? values.join(' ') : flag.slice(equals + 1)
  const marked = line.kind !== 'same'
  return (
    <span className="cut" title={line.tokens.map((token) => foreignText(token)).join(' ')}>
      <span className="sr">{LOOK[line.kind].spoken} </span>
      {head}
      {tail !== '' && equals < 0 && ' '}
      {tail !== '' && (marked ? <b>{tail}</b> : tail)}
    </span>
  )
}
