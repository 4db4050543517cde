import { useEffect } from 'react'
import { takeWantedModel } from '../../stores/navigation'
import { openDetail, selectModel, useModelsPage } from './store'
import { NO_FILTER } from './view-model'

/** Another page asked for a model: it is selected, and no filter hides it. */
export function useWantedModel(): void {
  useEffect(() => {
    const wanted = takeWantedModel()
    if (wanted === undefined) return
    useModelsPage.setState({ filter: NO_FILTER })
    selectModel(wanted)
    openDetail(wanted)
  }, [])
}
