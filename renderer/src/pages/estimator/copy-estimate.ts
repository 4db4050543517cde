import { call } from '../../api/call'
import { showError, showToast } from '../../stores/toasts'
import { estimateJson, estimateMarkdown } from './export-view'
import { type Question } from './question'
import { type Answered } from './use-estimator-view'

/** Puts the estimate on the clipboard, to be read by people or by programs. */
export async function copyEstimate(question: Question, answer: Answered, form: 'markdown' | 'json'): Promise<void> {
  const text = form === 'json' ? estimateJson(answer.result) : estimateMarkdown(question, answer)
  const reply = await call('clipboard:write', { text })
  if (!reply.ok) return void showError(reply.error)
  showToast({ kind: 'ok', text: form === 'json' ? 'Copied the estimate as JSON.' : 'Copied the estimate as Markdown.' })
}
