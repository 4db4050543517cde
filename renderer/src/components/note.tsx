import { type ReactNode } from 'react'
import { Icon, type IconName } from './icon'

export type NoteKind = 'plain' | 'info' | 'good' | 'warn' | 'bad'
const ICONS: Readonly<Record<NoteKind, IconName>> = {
  plain: 'info',
  info: 'info',
  good: 'okay',
  warn: 'warn',
  bad: 'no',
}

interface NoteProps {
  readonly kind?: NoteKind
  /** Buttons at the end. */
  readonly actions?: ReactNode
  /** `alert` speaks at once; leave it out for notes that are there from the start. */
  readonly role?: 'alert' | 'status'
  readonly children: ReactNode
}

/** A sentence that needs attention: what is true, then what to do. */
export function Note({ kind = 'plain', actions, role, children }: NoteProps) {
  return (
    <div className={kind === 'plain' ? 'note' : `note ${kind}`} role={role}>
      <Icon name={ICONS[kind]} />
      <div className="grow">{children}</div>
      {actions !== undefined && <div className="acts">{actions}</div>}
    </div>
  )
}
