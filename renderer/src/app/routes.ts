import { type ComponentType } from 'react'
import { type IconName } from '../components/icon'
import { DownloadsPage } from '../pages/downloads/page'
import { EstimatorPage } from '../pages/estimator/page'
import { MaintenancePage } from '../pages/maintenance/page'
import { ModelsPage } from '../pages/models/page'
import { SettingsPage } from '../pages/settings/page'
import { type PageId } from '../stores/navigation'

export interface Route {
  readonly id: PageId
  readonly label: string
  readonly icon: IconName
  readonly shortcut: string
  readonly page: ComponentType
  /** Pages that can work without a registry; the others offer the first run instead. */
  readonly needsRegistry: boolean
}

/** The five pages, in the order of the rail. Rail, palette, shortcuts and help read this one list. */
export const routes: readonly Route[] = [
  { id: 'estimator', label: 'Estimator', icon: 'gauge', shortcut: 'Mod+1', page: EstimatorPage, needsRegistry: false },
  { id: 'models', label: 'Models', icon: 'layers', shortcut: 'Mod+2', page: ModelsPage, needsRegistry: true },
  {
    id: 'downloads',
    label: 'Downloads',
    icon: 'download',
    shortcut: 'Mod+3',
    page: DownloadsPage,
    needsRegistry: false,
  },
  {
    id: 'maintenance',
    label: 'Maintenance',
    icon: 'wrench',
    shortcut: 'Mod+4',
    page: MaintenancePage,
    needsRegistry: true,
  },
  { id: 'settings', label: 'Settings', icon: 'gear', shortcut: 'Mod+5', page: SettingsPage, needsRegistry: false },
]
