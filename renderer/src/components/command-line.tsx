import { useState } from 'react'
import { call } from '../api/call'
import { foreignText } from '../format/foreign-text'
import { showError, showToast } from '../stores/toasts'
import { IconButton } from './button'

/** The same action as text for a terminal; the button copies it. `command` is already quoted for a shell. */
export function CommandLine({
  command,
  label = 'Copy as command',
}: {
  readonly command: string
  readonly label?: string
}) {
  const [copied, setCopied] = useState(false)
  async function copy() {
    const reply = await call('clipboard:write', { text: command })
    if (!reply.ok) return showError(reply.error)
    setCopied(true)
    showToast({ kind: 'ok', text: 'Copied.' })
  }
  return (
    <div className="cli">
      <code title={foreignText(command, 2000)}>{foreignText(command, 2000)}</code>
      <IconButton icon={copied ? 'check' : 'copy'} label={label} small onClick={copy} onBlur={() => setCopied(false)} />
    </div>
  )
}
