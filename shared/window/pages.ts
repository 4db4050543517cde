/** The window's pages in the order of rail, menu and Ctrl/Cmd+1…5. The page's own table adds icons and components. */
export const pages = [
  { name: 'estimator', label: 'Estimator' },
  { name: 'models', label: 'Models' },
  { name: 'downloads', label: 'Downloads' },
  { name: 'maintenance', label: 'Maintenance' },
  { name: 'settings', label: 'Settings' },
] as const
export type PageName = (typeof pages)[number]['name']
