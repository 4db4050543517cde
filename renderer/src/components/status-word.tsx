import { type ReactNode } from 'react'
import { Icon, type IconName } from './icon'

/** Names of the tones in badges.css: added, updated, unchanged, skipped, failed, ok, warn, run. */
export type StatusTone = 'added' | 'updated' | 'unchanged' | 'skipped' | 'failed' | 'ok' | 'warn' | 'run'
const ICONS: Readonly<Record<StatusTone, IconName>> = {
  added: 'plus',
  updated: 'refresh',
  unchanged: 'check',
  skipped: 'right',
  failed: 'warn',
  ok: 'okay',
  warn: 'warn',
  run: 'play',
}

/** An outcome in a row: glyph and word. */
export function StatusWord({ tone, children }: { readonly tone: StatusTone; readonly children: ReactNode }) {
  return (
    <span className={`status ${tone}`}>
      <Icon name={ICONS[tone]} small />
      {children}
    </span>
  )
}
