import { create } from 'zustand'
import { updateSettings } from './settings'

export const pageIds = ['estimator', 'models', 'downloads', 'maintenance', 'settings'] as const
export type PageId = (typeof pageIds)[number]

interface NavigationState {
  readonly page: PageId
}
export const useNavigation = create<NavigationState>(() => ({ page: 'estimator' }))

export function isPageId(text: string | undefined): text is PageId {
  return text !== undefined && (pageIds as readonly string[]).includes(text)
}

/** Shows a page and remembers it for the next start. */
export function goTo(page: PageId): void {
  if (useNavigation.getState().page === page) return
  useNavigation.setState({ page })
  void updateSettings({ last_page: page })
}
