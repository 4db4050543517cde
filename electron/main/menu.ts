import { app, Menu, type MenuItemConstructorOptions } from 'electron'
import { pages } from '#shared/window/pages'

export interface MenuActions {
  /** Passes a command on to the page of the focused window. */
  readonly run: (command: string) => void
  readonly openFile: () => void
  readonly openFolder: () => void
}

/** Standard roles, and the page's commands under the accelerators that people expect. */
export function installMenu(actions: MenuActions, options: { readonly devTools: boolean }): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(actions, { ...options, platform: process.platform })))
  app.setAboutPanelOptions({ applicationName: 'Headroom', applicationVersion: app.getVersion() })
}

export function menuTemplate(
  actions: MenuActions,
  { devTools, platform }: { readonly devTools: boolean; readonly platform: NodeJS.Platform },
): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin'
  return [
    ...(isMac ? [appMenu(actions)] : []),
    fileMenu(actions, isMac),
    { role: 'editMenu' },
    viewMenu(actions, devTools),
    goMenu(actions),
    { role: 'windowMenu' },
    helpMenu(actions),
  ]
}

function appMenu({ run }: MenuActions): MenuItemConstructorOptions {
  return {
    role: 'appMenu',
    submenu: [
      { role: 'about' },
      { type: 'separator' },
      { label: 'Settings…', accelerator: 'Command+,', click: () => run('go:settings') },
      { type: 'separator' },
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      { type: 'separator' },
      { role: 'quit' },
    ],
  }
}

function fileMenu({ run, openFile, openFolder }: MenuActions, isMac: boolean): MenuItemConstructorOptions {
  return {
    label: '&File',
    submenu: [
      { label: 'Open model file…', accelerator: 'CommandOrControl+O', click: openFile },
      { label: 'Open model folder…', accelerator: 'CommandOrControl+Shift+O', click: openFolder },
      { type: 'separator' },
      { label: 'Read registry again', accelerator: 'F5', click: () => run('registry:reload') },
      ...(isMac
        ? []
        : ([
            { type: 'separator' },
            { label: 'Settings', accelerator: 'Control+,', click: () => run('go:settings') },
          ] satisfies MenuItemConstructorOptions[])),
      { type: 'separator' },
      { role: isMac ? 'close' : 'quit' },
    ],
  }
}

function viewMenu({ run }: MenuActions, devTools: boolean): MenuItemConstructorOptions {
  return {
    label: '&View',
    submenu: [
      { label: 'Command palette', accelerator: 'CommandOrControl+K', click: () => run('palette:open') },
      { type: 'separator' },
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { role: 'togglefullscreen' },
      ...(devTools ? ([{ role: 'toggleDevTools' }] satisfies MenuItemConstructorOptions[]) : []),
    ],
  }
}

function goMenu({ run }: MenuActions): MenuItemConstructorOptions {
  return {
    label: '&Go',
    submenu: pages.map(({ name, label }, index) => ({
      label,
      accelerator: `CommandOrControl+${index + 1}`,
      click: () => run(`go:${name}`),
    })),
  }
}

function helpMenu({ run }: MenuActions): MenuItemConstructorOptions {
  return {
    role: 'help',
    submenu: [
      { label: 'Keyboard shortcuts', accelerator: 'CommandOrControl+/', click: () => run('help:shortcuts') },
      { label: 'Copy report', click: () => run('report:copy') },
    ],
  }
}
