import { Dialog } from '@base-ui/react/dialog'
import { Button } from '../components/button'
import { foreignText } from '../format/foreign-text'
import { setOverlay, useShell } from '../stores/shell'
import { allCommands, useCommandIds } from './commands'
import { isMacPlatform, shortcutWords } from './shortcut'

const PAGE_KEYS: readonly (readonly [string, string])[] = [
  ['Slider: one step, ten steps, ends', 'Arrows, Page Up/Down, Home/End'],
  ['Memory bar: between parts, open formula', 'Arrows, Enter'],
  ['Table: between rows, choose', 'Up/Down, Enter'],
  ['Close what is open', 'Esc'],
  ['Newest message', 'F8'],
]

/** Every shortcut, from the same table that runs them (F1). */
export function HelpSheet() {
  const open = useShell((state) => state.overlay === 'help')
  const ids = useCommandIds((state) => state.ids)
  const mac = isMacPlatform()
  const rows = ids.length === 0 ? [] : allCommands().filter((command) => command.shortcut !== undefined)
  return (
    <Dialog.Root open={open} onOpenChange={(next) => setOverlay(next ? 'help' : 'none')}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title>Keyboard shortcuts</Dialog.Title>
          <dl className="kv-list">
            {rows.map((command) => (
              <div className="pair" key={command.id}>
                <dt>{foreignText(command.label, 160)}</dt>
                <dd>
                  <kbd>
                    {command.shortcut
                      ?.split(' ')
                      .map((keys) => shortcutWords(keys, mac))
                      .join(', ')}
                  </kbd>
                </dd>
              </div>
            ))}
            {PAGE_KEYS.map(([what, keys]) => (
              <div className="pair" key={what}>
                <dt>{what}</dt>
                <dd>
                  <kbd>{keys}</kbd>
                </dd>
              </div>
            ))}
          </dl>
          <div className="row dialog-acts">
            <Dialog.Close render={<Button>Close</Button>} />
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
