import { useEffect } from 'react'
import { useSettings } from '../stores/settings'

function setOrRemove(name: string, value: string | undefined): void {
  const root = document.documentElement
  if (value === undefined) delete root.dataset[name]
  else root.dataset[name] = value
}

/** Puts theme and contrast on `<html>`; `system` leaves the attribute off so that the system decides. */
export function useTheme(): void {
  const theme = useSettings((state) => state.settings.theme)
  const contrast = useSettings((state) => state.settings.contrast)
  useEffect(() => setOrRemove('theme', theme === 'system' ? undefined : theme), [theme])
  useEffect(() => setOrRemove('contrast', contrast === 'system' ? undefined : contrast), [contrast])
}
