import { type ReactNode, useId } from 'react'
import { IconButton } from './button'

interface DrawerProps {
  readonly title: string
  readonly note?: ReactNode
  readonly onClose: () => void
  readonly children: ReactNode
}

/**
 * Detail beside a table (inside `.split`); in a narrow window it covers the table. Esc closes it. It is a landmark,
 * not a modal: the table stays usable.
 */
export function Drawer({ title, note, onClose, children }: DrawerProps) {
  const id = useId()
  return (
    <aside
      className="drawer"
      aria-labelledby={id}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) onClose()
      }}
    >
      <header className="drawer-head">
        <div className="grow">
          <h2 id={id} className="cut">
            {title}
          </h2>
          {note !== undefined && <div className="small dim">{note}</div>}
        </div>
        <IconButton icon="x" label={`Close ${title}`} shortcut="Esc" onClick={onClose} />
      </header>
      <div className="drawer-body scroll">{children}</div>
    </aside>
  )
}
