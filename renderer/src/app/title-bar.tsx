import { IconButton } from '../components/button'
import { Icon } from '../components/icon'
import { setOverlay } from '../stores/shell'
import { isMacPlatform, shortcutWords } from './shortcut'

/** Name of the program, the search for everything, help. The window's own frame and menu belong to the system. */
export function TitleBar() {
  const keys = shortcutWords('Mod+K', isMacPlatform())
  return (
    <header className="titlebar">
      <div className="brand">
        <Icon name="gauge" />
        Headroom
      </div>
      <button type="button" className="palette" aria-haspopup="dialog" onClick={() => setOverlay('palette')}>
        <Icon name="search" small />
        Search models and commands<kbd>{keys}</kbd>
      </button>
      <div className="ends row">
        <IconButton icon="clock" label="Past messages" shortcut="Shift F8" onClick={() => setOverlay('messages')} />
        <IconButton icon="keyboard" label="Keyboard shortcuts" shortcut="F1" onClick={() => setOverlay('help')} />
      </div>
    </header>
  )
}
