import { useEffect, useRef } from 'react'
import { updateSettings, useSettings } from '../../stores/settings'
import { rememberedOf, restorePage, useModelsPage } from './store'

const REST_MS = 500
let isRestored = false

/** Restores the page as it was left, once, and writes it down when it has been at rest for a moment. */
export function useRemembered(): void {
  const isReady = useSettings((state) => state.phase === 'ready')
  const written = useRef('')
  useEffect(() => {
    if (!isReady) return
    const kept = useSettings.getState().settings.models_page
    if (!isRestored && kept !== undefined) restorePage(kept)
    isRestored = true
    written.current = JSON.stringify(rememberedOf(useModelsPage.getState()))
    let timer: number | undefined
    const write = () => {
      const now = rememberedOf(useModelsPage.getState())
      const text = JSON.stringify(now)
      if (text === written.current) return
      written.current = text
      void updateSettings({ models_page: now })
    }
    const stop = useModelsPage.subscribe(() => {
      window.clearTimeout(timer)
      timer = window.setTimeout(write, REST_MS)
    })
    return () => {
      stop()
      window.clearTimeout(timer)
      write()
    }
  }, [isReady])
}
