import { useMemo } from 'react'
import { type PlanGpu } from '#shared/estimator/request'
import { type Lookup, type LookupVariant } from '#shared/ipc/downloads'
import { Check } from '../../../components/fields'
import { FitBadge } from '../../../components/fit-badge'
import { foreignText } from '../../../format/foreign-text'
import { formatBytes, formatInteger, formatSize, NOTHING, plural } from '../../../format/numbers'
import { type HeaderState, toggleVariant, useDownloads } from '../../../stores/downloads'
import { fitOfHeader, type HeaderFit } from '../fit-of-header'

interface TableProps {
  readonly lookup: Lookup
  readonly gpu: PlanGpu | undefined
}

/** Variants, smallest first, and files that are no model. */
export function VariantTable({ lookup, gpu }: TableProps) {
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
      <tbody>
        {lookup.variants.map((variant) => (
          <VariantRow key={variant.label} variant={variant} gpu={gpu} />
        ))}
        {lookup.others.slice(0, 12).map((other) => (
          <tr key={other.path}>
            <td />
            <td className="dim">{NOTHING}</td>
            <td className="dim cut file">{foreignText(other.path, 80)}</td>
            <td className="num dim">{formatSize(other.bytes)}</td>
            <td className="num dim">{NOTHING}</td>
            <td className="dim">not a model file</td>
            <td className="num dim">{NOTHING}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function VariantRow({ variant, gpu }: { readonly variant: LookupVariant; readonly gpu: PlanGpu | undefined }) {
  const header = useDownloads((state) => state.headers[variant.label])
  const isChosen = useDownloads((state) => state.chosen.includes(variant.label))
  const fit = useMemo(
    () => (header?.phase === 'ready' ? fitOfHeader(header.inspection, gpu) : undefined),
    [header, gpu],
  )
  const label = foreignText(variant.label, 60)
  return (
    <tr aria-selected={isChosen}>
      <td>
        <Check checked={isChosen} label={label} onChange={() => toggleVariant(variant.label)} />
      </td>
      <td className="strong">{label}</td>
      <td className="two cut file">{filesText(variant)}</td>
      <td className="num" title={formatBytes(variant.bytes)}>
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

function filesText({ files }: LookupVariant): string {
  const [only] = files
  return files.length === 1 && only !== undefined ? foreignText(only, 80) : plural(files.length, 'file')
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
  if (header?.phase === 'failed') return <span className="dim">{header.error.message}</span>
  if (fit === undefined) return <span className="dim">reading the header</span>
  return (
    <>
      <FitBadge verdict={fit.verdict} title={fit.binding} />
      {(fit.verdict === 'does_not_fit' || fit.verdict === 'unknown') && (
        <span className="small dim why">{foreignText(fit.binding, 120)}</span>
      )}
    </>
  )
}
