import { useEffect, useLayoutEffect, useState } from 'react'
import { useSettings } from '../stores/settings'

function setOrRemove(name: string, value: string | undefined): void {
  const root = document.documentElement
  if (value === undefined) delete root.dataset[name]
  else root.dataset[name] = value
}

/** Puts theme, contrast and motion on `<html>`; for theme and motion, `system` leaves the attribute off so that the system decides. */
export function useTheme(): void {
  const { theme, contrast, motion } = useSettings((state) => state.settings)
  const wantsContrast = useMedia('(prefers-contrast: more)')
  const hasContrast = contrast === 'more' || (contrast === 'system' && wantsContrast)
  useLayoutEffect(() => setOrRemove('theme', theme === 'system' ? undefined : theme), [theme])
  // One attribute for both ways to ask, so that the stylesheet states the colours once.
  useLayoutEffect(() => setOrRemove('contrast', hasContrast ? 'more' : undefined), [hasContrast])
  useLayoutEffect(() => setOrRemove('motion', motion === 'reduce' ? 'reduce' : undefined), [motion])
}

/** What the system answers to a media query, now and when it changes. */
function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => window.matchMedia?.(query).matches ?? false)
  useEffect(() => {
    const list = window.matchMedia?.(query)
    const onChange = (event: MediaQueryListEvent) => setMatches(event.matches)
    list?.addEventListener('change', onChange)
    return () => list?.removeEventListener('change', onChange)
  }, [query])
  return matches
}
