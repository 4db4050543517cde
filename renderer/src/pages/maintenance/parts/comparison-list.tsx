import { type Comparison } from '#shared/ipc/entry-schemas'
import { foreignText } from '../../../format/foreign-text'
import { plural } from '../../../format/numbers'
import { valueText } from '../view-model'

const MOST_NAMES = 12

/** What a restore would change: entries that come and go, then value by value. */
export function ComparisonList({ comparison }: { readonly comparison: Comparison }) {
  const { added, removed, changed, models } = comparison
  if (added.length + removed.length + models === 0) {
    return <p className="small dim comparison">The file holds the same now.</p>
  }
  return (
    <ul className="comparison small" aria-label="What a restore would change">
      {added.length > 0 && <li>Comes back: {names(added)}</li>}
      {removed.length > 0 && <li>Goes: {names(removed)}</li>}
      {changed.map(({ model, values }) => (
        <li key={model}>
          <span className="strong">{foreignText(model, 100)}</span>
          <ul>
            {values.map((value) => (
              <li key={value.path}>
                <span className="mono">{foreignText(value.path, 120)}</span>{' '}
                <span className="was">{foreignText(valueText(value.now, 120))}</span> →{' '}
                <b>{foreignText(valueText(value.backup, 120))}</b>
              </li>
            ))}
          </ul>
        </li>
      ))}
      {models > changed.length && <li className="dim">and {plural(models - changed.length, 'more model')}</li>}
    </ul>
  )
}

function names(list: readonly string[]): string {
  const shown = list.slice(0, MOST_NAMES).map((name) => foreignText(name, 80))
  return list.length > MOST_NAMES ? `${shown.join(', ')} and ${list.length - MOST_NAMES} more` : shown.join(', ')
}
