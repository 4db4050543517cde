import { call } from '../../api/call'
import { showError, showToast } from '../../stores/toasts'

/** Lets the person choose where a text goes; nothing happens when the dialog is cancelled. */
export async function saveText(name: string, text: string): Promise<void> {
  const reply = await call('files:save', { name, text })
  if (!reply.ok) showError(reply.error)
  else if (reply.value !== null) showToast({ kind: 'ok', text: `Saved to ${reply.value.label}.` })
}

export async function copyText(text: string): Promise<void> {
  const reply = await call('clipboard:write', { text })
  if (reply.ok) showToast({ kind: 'ok', text: 'Copied.' })
  else showError(reply.error)
}
