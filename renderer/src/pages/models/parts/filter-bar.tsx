import { verdicts } from '#shared/estimator/result'
import { Chip } from '../../../components/button'
import { Select } from '../../../components/fields'
import { verdictWords } from '../../../components/fit-badge'
import { formatInteger } from '../../../format/numbers'
import { setFilter, useModelsPage } from '../store'
import { choicesOf, countVerdicts, type ModelRow } from '../view-model'

/** Verdicts as chips with their counts, gaps, format and engine. */
export function FilterBar({ rows, shown }: { readonly rows: readonly ModelRow[]; readonly shown: number }) {
  const filter = useModelsPage((state) => state.filter)
  const counts = countVerdicts(rows)
  const gaps = rows.filter((row) => row.known < row.expected || row.filesMissing).length
  const any = (label: string, values: readonly string[]) => [
    { value: '', label },
    ...values.map((value) => ({ value, label: value })),
  ]
  return (
    <div className="toolbar wrap">
      <Chip pressed={filter.verdict === 'all'} onPress={() => setFilter({ verdict: 'all' })}>
        All {formatInteger(rows.length)}
      </Chip>
      {verdicts.map((verdict) => (
        <Chip
          key={verdict}
          pressed={filter.verdict === verdict}
          icon={verdictWords[verdict].icon}
          onPress={() => setFilter({ verdict })}
        >
          {verdictWords[verdict].word} {formatInteger(counts[verdict])}
        </Chip>
      ))}
      <Chip pressed={filter.missingData} onPress={() => setFilter({ missingData: !filter.missingData })}>
        Missing data {formatInteger(gaps)}
      </Chip>
      <Select
        small
        label="Format"
        value={filter.format}
        options={any('Any format', choicesOf(rows, 'format'))}
        onChange={(format) => setFilter({ format })}
      />
      <Select
        small
        label="Engine"
        value={filter.engine}
        options={any('Any engine', choicesOf(rows, 'engine'))}
        onChange={(engine) => setFilter({ engine })}
      />
      <span className="push small dim nowrap" role="status">
        {formatInteger(shown)} shown
      </span>
    </div>
  )
}
