import { verdicts } from '#shared/estimator/result'
import { type Column } from '../../components/data-table'
import { FitBadge } from '../../components/fit-badge'
import { StatusWord } from '../../components/status-word'
import { foreignText } from '../../format/foreign-text'
import { formatBytes, formatInteger, formatParameters, formatSize, NOTHING } from '../../format/numbers'
import { type ModelRow } from './view-model'

/** Columns of the table. `question` says on what the fit rests: "8,192 tokens × 1 on RTX 4090". */
export function modelColumns(question: string): readonly Column<ModelRow>[] {
  return [
    { key: 'name', header: 'Name', width: '26%', sortBy: (row) => row.name, render: (row) => <Name row={row} /> },
    {
      key: 'parameters',
      header: 'Params',
      numeric: true,
      sortBy: (row) => row.parameters,
      render: (row) => (row.parameters === undefined ? NOTHING : formatParameters(row.parameters)),
    },
    {
      key: 'quantization',
      header: 'Quant',
      sortBy: (row) => row.quantization,
      render: (row) => row.quantization ?? NOTHING,
    },
    { key: 'format', header: 'Format', sortBy: (row) => row.format, render: (row) => row.format ?? NOTHING },
    {
      key: 'sizeBytes',
      header: 'On disk',
      numeric: true,
      sortBy: (row) => row.sizeBytes,
      render: ({ sizeBytes }) =>
        sizeBytes === undefined ? NOTHING : <span title={formatBytes(sizeBytes)}>{formatSize(sizeBytes)}</span>,
    },
    {
      key: 'contextTokens',
      header: 'Max context',
      numeric: true,
      sortBy: (row) => row.contextTokens,
      render: (row) => (row.contextTokens === undefined ? NOTHING : formatInteger(row.contextTokens)),
    },
    {
      key: 'known',
      header: 'Architecture',
      sortBy: (row) => row.known / row.expected,
      render: (row) => <Known row={row} />,
    },
    {
      key: 'fit',
      header: 'Fit',
      width: '118px',
      sortBy: ({ fit }) => (fit === undefined ? undefined : verdicts.indexOf(fit.verdict)),
      render: ({ fit }) =>
        fit === undefined ? '…' : <FitBadge verdict={fit.verdict} title={`${question}: ${fit.binding}`} />,
    },
    {
      key: 'needs',
      header: 'Needs',
      numeric: true,
      sortBy: ({ fit }) => fit?.neededBytes,
      render: ({ fit }) =>
        fit?.neededBytes === undefined ? (
          NOTHING
        ) : (
          <span title={formatBytes(fit.neededBytes)}>{formatSize(fit.neededBytes)}</span>
        ),
    },
    { key: 'engine', header: 'Engine', sortBy: (row) => row.engine, render: (row) => row.engine },
  ]
}

function Name({ row }: { readonly row: ModelRow }) {
  const name = foreignText(row.name)
  return (
    <span className={row.deprecated ? 'was' : ''} title={row.deprecated ? `${name}, deprecated` : name}>
      {name}
    </span>
  )
}

/** How many of the facts are known, as a small bar and in numbers; gone files come first. */
function Known({ row }: { readonly row: ModelRow }) {
  if (row.filesMissing) return <StatusWord tone="warn">files gone</StatusWord>
  const width = Math.round((50 * row.known) / row.expected)
  return (
    <span className="nowrap">
      <svg className="meter" viewBox="0 0 52 6" aria-hidden="true">
        <rect x=".5" y=".5" width="51" height="5" rx="1" />
        <rect className={row.known === row.expected ? 'on' : 'on part'} x="1" y="1" width={width} height="4" />
      </svg>
      {row.known} of {row.expected}
    </span>
  )
}
