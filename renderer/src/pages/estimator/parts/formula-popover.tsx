import { Popover } from '@base-ui/react/popover'
import { type EstimateResult, type Term, type TermInput } from '#shared/estimator/result'
import { call } from '../../../api/call'
import { Button, IconButton } from '../../../components/button'
import { SourceMark } from '../../../components/source-badge'
import { foreignText } from '../../../format/foreign-text'
import { formatBytes, formatGib, formatNumber, formatSize } from '../../../format/numbers'
import { showError, showToast } from '../../../stores/toasts'
import { type BarView, type LegendItem, type PartKey, partNames, termOf } from '../memory-parts'

interface FormulaPopoverProps {
  readonly part: PartKey
  /** The segment or legend entry that was pressed; the focus returns to it. */
  readonly anchor: Element
  readonly item: LegendItem | undefined
  readonly bar: BarView
  readonly result: EstimateResult
  readonly onClose: () => void
}

/** One part: its formula with the numbers put in, its range, and where each number comes from. */
export function FormulaPopover({ part, anchor, item, bar, result, onClose }: FormulaPopoverProps) {
  const name = partNames[part]
  return (
    <Popover.Root open onOpenChange={(open) => !open && onClose()}>
      <Popover.Portal>
        <Popover.Positioner
          anchor={legendOf(part) ?? anchor}
          sideOffset={6}
          align="start"
          collisionPadding={8}
          className="layer"
        >
          <Popover.Popup
            className="popover wide"
            aria-label={`${name} formula`}
            finalFocus={() =>
              anchor instanceof HTMLElement || anchor instanceof SVGElement ? focusable(anchor) : true
            }
          >
            <div className="row">
              <span className={`swatch ${part}`} />
              <h2>
                {name} <span className="num">{item?.value ?? '0.0'} GiB</span>
              </h2>
              <IconButton icon="x" small push label="Close formula" onClick={onClose} />
            </div>
            {part === 'free' ? (
              <FreeFormula bar={bar} result={result} />
            ) : (
              <TermFormula term={termOf(part, result)} part={part} result={result} bar={bar} />
            )}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

/** Opened from the bar or the legend, it hangs under the legend: neither is covered. */
function legendOf(part: PartKey): Element | null {
  return document.querySelector(`[data-legend="${part}"]`)
}

/** A segment of the bar is an SVG element; the library only knows HTML ones, so it is focused by hand. */
function focusable(anchor: Element): HTMLElement | false {
  if (anchor instanceof HTMLElement) return anchor
  if (anchor instanceof SVGElement) anchor.focus()
  return false
}

function FreeFormula({ bar, result }: { readonly bar: BarView; readonly result: EstimateResult }) {
  const free = Math.max(0, bar.budgetBytes - bar.totalBytes)
  return (
    <>
      <div className="formula mt">
        {`budget − total\n${formatGib(bar.budgetBytes)} − ${formatGib(bar.totalBytes)}\n= ${formatBytes(free)}`}
      </div>
      {result.engine === 'vllm' && free > 0 && (
        <p className="small two mt">
          vLLM adds this to the KV cache at start: the pool then holds {formatNumber(result.kv.capacity_tokens)} tokens.
        </p>
      )}
    </>
  )
}

interface TermFormulaProps {
  readonly term: Term | undefined
  readonly part: PartKey
  readonly result: EstimateResult
  readonly bar: BarView
}

function TermFormula({ term, part, result, bar }: TermFormulaProps) {
  const bytes = bar.parts.find(({ key }) => key === part)?.bytes ?? 0
  if (term === undefined) {
    return <p className="small two mt">{bytes === 0 ? 'This model and engine need none.' : formatBytes(bytes)}</p>
  }
  const isRange = term.low_bytes !== term.high_bytes
  return (
    <>
      <div className="formula mt">
        {foreignText(term.formula, 1200)}
        {`\n= ${formatBytes(term.bytes)} = `}
        <b>{formatSize(term.bytes)}</b>
      </div>
      {isRange && (
        <p className="small two mt">
          Not exact: between {formatSize(term.low_bytes)} and {formatSize(term.high_bytes)}.
        </p>
      )}
      {part === 'kv' && (
        <p className="small two mt">
          {formatBytes(result.kv.bytes_per_token_total)} for each further token, in blocks of {result.kv.block_size}.
        </p>
      )}
      <table className="plain mt">
        <tbody>
          {term.inputs.map((input, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a fixed list that is drawn anew as a whole
            <InputRow key={`${input.name}:${index}`} input={input} />
          ))}
        </tbody>
      </table>
      <div className="row mt">
        <Button size="small" icon="copy" onClick={() => void copyFormula(term)}>
          Copy formula
        </Button>
      </div>
    </>
  )
}

function InputRow({ input }: { readonly input: TermInput }) {
  const { value } = input
  const isBytes = typeof value === 'number' && /bytes$/.test(input.name)
  const text =
    typeof value === 'number' ? (isBytes ? formatSize(value) : formatNumber(value)) : foreignText(String(value), 60)
  return (
    <tr>
      <td className="two">{input.name.replaceAll('_', ' ')}</td>
      <td className="num" title={isBytes ? formatBytes(value) : undefined}>
        {text}
      </td>
      <td>
        <SourceMark origin={input.source} />
      </td>
    </tr>
  )
}

async function copyFormula(term: Term): Promise<void> {
  const inputs = term.inputs.map(({ name, value, source }) => `${name} = ${value} (${source})`)
  const text = [`${term.name}: ${term.formula} = ${term.bytes} bytes`, ...inputs].join('\n')
  const reply = await call('clipboard:write', { text })
  if (reply.ok) showToast({ kind: 'ok', text: 'Formula copied.' })
  else showError(reply.error)
}
