import { Popover as Base } from '@base-ui/react/popover'
import { type ReactElement, type ReactNode } from 'react'

interface PopoverProps {
  /** A `<button>` element; it gets `aria-expanded` and the key handling. */
  readonly trigger: ReactElement
  /** Name of the dialog: "KV cache formula". */
  readonly label: string
  readonly wide?: boolean
  readonly children: ReactNode
}

/** A small dialog hanging from a button. Enter opens, Esc closes and gives the focus back. */
export function Popover({ trigger, label, wide = false, children }: PopoverProps) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={6} align="start" collisionPadding={8} className="layer">
          <Base.Popup className={wide ? 'popover wide' : 'popover'} aria-label={label}>
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
