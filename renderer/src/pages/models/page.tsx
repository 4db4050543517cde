import { useMemo } from 'react'
import { runCommand } from '../../app/commands'
import { Button } from '../../components/button'
import { DataTable } from '../../components/data-table'
import { EmptyState } from '../../components/empty-state'
import { Select } from '../../components/fields'
import { formatInteger } from '../../format/numbers'
import { useRegistry } from '../../stores/registry'
import { modelColumns } from './columns'
import { FilterBar } from './parts/filter-bar'
import { ModelDrawer } from './parts/model-drawer'
import { selectModel, setFilter, useModelsPage } from './store'
import { useFits } from './use-fits'
import { useGpuChoice } from './use-gpu-choice'
import { haystackOf, matches, modelRow } from './view-model'
import './models.css'

const CONTEXTS = [2048, 4096, 8192, 16384, 32768, 65536, 131072]
const NO_MODELS: never[] = []

/** All models of the registry with what is known of them and whether they fit the chosen card. */
export function ModelsPage() {
  const models = useRegistry((state) => state.view?.models ?? NO_MODELS)
  const { filter, sort, selectedId, contextTokens } = useModelsPage()
  const { choice, options, choose } = useGpuChoice()
  const fits = useFits(models, { gpu: choice?.gpu, contextTokens, batch: 1 })
  const all = useMemo(
    () => models.map((model) => ({ row: modelRow(model, fits.get(model.id)), haystack: haystackOf(model) })),
    [models, fits],
  )
  const rows = useMemo(
    () => all.filter(({ row, haystack }) => matches(row, filter, haystack)).map(({ row }) => row),
    [all, filter],
  )
  const question = `${formatInteger(contextTokens)} tokens × 1 on ${choice?.label ?? 'no card'}`
  const columns = useMemo(() => modelColumns(question), [question])
  const selected = models.find((model) => model.id === selectedId)
  return (
    <div className={selected === undefined ? 'split alone' : 'split'}>
      <section className="models-list" aria-label="Models">
        <div className="toolbar">
          <h1>Models</h1>
          <input
            className="input search"
            type="search"
            aria-label="Search models"
            placeholder="Search name, family, path"
            value={filter.text}
            onChange={(event) => setFilter({ text: event.target.value })}
          />
          <span className="small dim nowrap opt">Fit for</span>
          <Select label="GPU" value={choice?.key ?? ''} options={options} onChange={choose} />
          <Select
            label="Context"
            value={String(contextTokens)}
            options={CONTEXTS.map((tokens) => ({
              value: String(tokens),
              label: `${formatInteger(tokens)} tokens × 1`,
            }))}
            onChange={(value) => useModelsPage.setState({ contextTokens: Number(value) })}
          />
          <Button icon="plus" push onClick={() => runCommand('registry:scan')}>
            Add folder
          </Button>
        </div>
        <FilterBar rows={all.map(({ row }) => row)} shown={rows.length} />
        <DataTable
          label="Models"
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          selectedKey={selectedId}
          onSelect={(row) => selectModel(row.id)}
          sort={sort}
          onSort={(next) => useModelsPage.setState({ sort: next })}
          empty={
            <EmptyState icon="search" title="No model matches">
              {models.length === 0
                ? 'The registry holds no models yet: add a folder.'
                : 'Change the search or the filters above.'}
            </EmptyState>
          }
        />
      </section>
      {selected !== undefined && (
        <ModelDrawer key={selected.id} model={selected} fit={fits.get(selected.id)} question={question} />
      )}
    </div>
  )
}
