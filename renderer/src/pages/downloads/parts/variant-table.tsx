import { useMemo } from 'react'
import { type PlanGpu } from '#shared/estimator/request'
import { type Lookup, type LookupVariant } from '#shared/ipc/downloads'
import { Check } from '../../../components/fields'
import { FitBadge } from '../../../components/fit-badge'
import { foreignText } from '../../../format/foreign-text'
import { formatBytes, formatInteger, formatSize, NOTHING } from '../../../format/numbers'
import { useChosenProfile } from '../../../stores/chosen-profile'
import { type HeaderState, toggleVariant, useLookup } from '../../../stores/downloads-lookup'
import { fitOfHeader, type HeaderFit } from '../fit-of-header'
import { filesText, variantGroups } from '../lookup-view'

interface TableProps {
  readonly lookup: Lookup
  readonly gpu: PlanGpu | undefined
}

/** Variants by format, smallest first. */
export function VariantTable({ lookup, gpu }: TableProps) {
  const groups = variantGroups(lookup)
  if (groups.length === 0) return null
  return (
    <table className="variants" aria-label="Variants">
      <thead>
        <tr>
          <th className="tick">
            <span className="sr">Choose</span>
          </th>
          <th>Variant</th>
          <th>File</th>
          <th className="num">Size</th>
          <th className="num">Needs</th>
          <th>Fit</th>
          <th className="num">Largest context</th>
        </tr>
      </thead>
      {groups.map(({ format, title, note, variants }) => (
        <tbody key={format}>
          <tr className="group">
            <th colSpan={7} scope="rowgroup">
              <span className="strong">{title}</span> <span className="dim">{note}</span>
            </th>
          </tr>
          {variants.map((variant) => (
            <VariantRow key={variant.label} variant={variant} gpu={gpu} />
          ))}
        </tbody>
      ))}
    </table>
  )
}

function VariantRow({ variant, gpu }: { readonly variant: LookupVariant; readonly gpu: PlanGpu | undefined }) {
  const header = useLookup((state) => state.headers[variant.label])
  const isChosen = useLookup((state) => state.chosen.includes(variant.label))
  const profile = useChosenProfile()
  const fit = useMemo(
    () => (header?.phase === 'ready' ? fitOfHeader(header.inspection, { gpu, profile }) : undefined),
    [header, gpu, profile],
  )
  const label = foreignText(variant.label, 60)
  return (
    <tr aria-selected={isChosen}>
      <td>
        <Check checked={isChosen} label={label} onChange={() => toggleVariant(variant.label)} />
      </td>
      <td>
        <span className="strong">{label}</span> <Quantisation header={header} label={variant.label} />
      </td>
      <td className="two cut file" title={variant.files.map((file) => foreignText(file, 200)).join('\n')}>
        {filesText(variant)}
      </td>
      <td className="num" title={`${formatBytes(variant.bytes)}; ${formatBytes(variant.download_bytes)} to download`}>
        {formatSize(variant.bytes)}
      </td>
      <td className="num">{fit?.neededBytes === undefined ? NOTHING : formatSize(fit.neededBytes)}</td>
      <td>
        <Fit variant={variant} header={header} fit={fit} />
      </td>
      <td className="num">{fit?.largestContext === undefined ? NOTHING : formatInteger(fit.largestContext)}</td>
    </tr>
  )
}

/** What the header says, where the label does not say it already. */
function Quantisation({ header, label }: { readonly header: HeaderState | undefined; readonly label: string }) {
  if (header?.phase !== 'ready') return null
  const { quantization, dtype } = header.inspection.architecture
  const words = quantization === undefined || quantization === 'none' ? dtype : quantization
  if (words === undefined || words.toLowerCase() === label.toLowerCase()) return null
  return <span className="small dim">{foreignText(words, 40)}</span>
}

function Fit(props: {
  readonly variant: LookupVariant
  readonly header: HeaderState | undefined
  readonly fit: HeaderFit | undefined
}) {
  const { variant, header, fit } = props
  if (variant.duplicate_of !== undefined) {
    return <span className="dim">the same weights as {foreignText(variant.duplicate_of, 60)}</span>
  }
  if (header === undefined) return <span className="dim">not read yet</span>
  if (header.phase === 'failed') return <span className="dim">{foreignText(header.error.message, 160)}</span>
  if (fit === undefined) return <span className="dim">reading the header</span>
  return (
    <>
      <FitBadge verdict={fit.verdict} title={fit.binding} />
      {(fit.verdict === 'does_not_fit' || fit.verdict === 'unknown') && (
        <span className="small dim why">{foreignText(fit.binding, 160)}</span>
      )}
    </>
  )
}
