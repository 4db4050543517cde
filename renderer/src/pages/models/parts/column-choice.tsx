import { Button } from '../../../components/button'
import { Check } from '../../../components/fields'
import { Icon } from '../../../components/icon'
import { Popover } from '../../../components/popover'
import { DEFAULT_COLUMNS, optionalColumns } from '../column-keys'
import { useModelsPage } from '../store'

/** Which columns the table shows; the name is always there. */
export function ColumnChoice() {
  const columns = useModelsPage((state) => state.columns)
  function toggle(key: string, shown: boolean) {
    const next = optionalColumns
      .map((column) => column.key)
      .filter((one) => (one === key ? shown : columns.includes(one)))
    useModelsPage.setState({ columns: next })
  }
  const trigger = (
    <button type="button" className="btn icon" aria-label="Choose columns" title="Choose columns">
      <Icon name="columns" />
    </button>
  )
  return (
    <Popover trigger={trigger} label="Columns">
      <div className="stack tightly">
        <h2>Columns</h2>
        {optionalColumns.map(({ key, label }) => (
          <Check key={key} checked={columns.includes(key)} onChange={(shown) => toggle(key, shown)}>
            {label}
          </Check>
        ))}
        <Button size="small" onClick={() => useModelsPage.setState({ columns: DEFAULT_COLUMNS })}>
          Restore the usual columns
        </Button>
      </div>
    </Popover>
  )
}
