import { create } from 'zustand'
import { type SortState } from '../../components/sort-rows'
import { type Filter, NO_FILTER } from './view-model'

interface ModelsState {
  readonly filter: Filter
  readonly sort: SortState
  readonly selectedId?: string
  readonly gpuKey?: string
  readonly contextTokens: number
}

/** What the page shows, kept while another page is in front. */
export const useModelsPage = create<ModelsState>(() => ({
  filter: NO_FILTER,
  sort: { key: 'name', descending: false },
  contextTokens: 8192,
}))

export function setFilter(patch: Partial<Filter>): void {
  useModelsPage.setState(({ filter }) => ({ filter: { ...filter, ...patch } }))
}

export function selectModel(id: string | undefined): void {
  useModelsPage.setState(
    ({ selectedId: _before, ...rest }) => (id === undefined ? rest : { ...rest, selectedId: id }),
    true,
  )
}
