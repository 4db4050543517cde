import { BrowserWindow, nativeTheme, screen } from 'electron'
import { windowWebPreferences } from './web-preferences'
import { placeWindow, smallestSize, type WindowState } from './window-bounds'

/** `--bg-chrome` of the page, so that the window does not flash while it loads. */
const background = { light: '#e9ebef', dark: '#15171b' }

export interface WindowOptions {
  readonly preload: string
  readonly devTools: boolean
  readonly state: WindowState | undefined
  /** A self-check never shows its window. */
  readonly visible: boolean
}

export function createWindow({ preload, devTools, state, visible }: WindowOptions): BrowserWindow {
  // Work areas, primary display first: without a remembered place the window opens there.
  const primary = screen.getPrimaryDisplay()
  const others = screen.getAllDisplays().filter(({ id }) => id !== primary.id)
  const areas = [primary, ...others].map(({ workArea }) => workArea)
  const smallest = smallestSize(areas[0])
  const window = new BrowserWindow({
    ...placeWindow(state, areas),
    minWidth: smallest.width,
    minHeight: smallest.height,
    show: false,
    title: 'Headroom',
    backgroundColor: nativeTheme.shouldUseDarkColors ? background.dark : background.light,
    webPreferences: windowWebPreferences(preload, devTools),
  })
  if (visible) {
    window.once('ready-to-show', () => {
      if (state?.maximised === true) window.maximize()
      window.show()
    })
  }
  return window
}

/** What to remember: the size outside of full screen and maximised state. */
export function stateOf(window: BrowserWindow): WindowState {
  return { ...window.getNormalBounds(), maximised: window.isMaximized() }
}
