import { useEffect, useRef, useState } from 'react'
import { Button, IconButton } from '../components/button'
import { Icon, type IconName } from '../components/icon'
import { foreignText } from '../format/foreign-text'
import { closeToast, runToastAction, type Toast, useToasts } from '../stores/toasts'

const SHOWN_FOR_MS = 7000
const LOOK: Readonly<Record<Toast['kind'], { readonly icon: IconName; readonly className: string }>> = {
  ok: { icon: 'okay', className: 'ok' },
  info: { icon: 'info', className: 'info' },
  error: { icon: 'no', className: 'bad' },
}

/** Messages at the corner. Polite; they stay while hovered or focused, errors until closed. F8 moves the focus here. */
export function Toaster() {
  const toasts = useToasts((state) => state.toasts)
  const region = useRef<HTMLElement>(null)
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (event.key !== 'F8' || event.shiftKey) return
      region.current?.querySelector<HTMLElement>('.toast:last-child button')?.focus()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [])
  return (
    <section ref={region} aria-label="Messages (F8)" aria-live="polite" aria-relevant="additions" className="toasts">
      {toasts.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </section>
  )
}

function ToastCard({ toast }: { readonly toast: Toast }) {
  const [held, setHeld] = useState(false)
  const { icon, className } = LOOK[toast.kind]
  useEffect(() => {
    if (held || toast.kind === 'error') return
    const timer = setTimeout(() => closeToast(toast.id), SHOWN_FOR_MS)
    return () => clearTimeout(timer)
  }, [held, toast])
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hovering only keeps the message, the buttons do the work
    <div
      className="toast"
      role={toast.kind === 'error' ? 'alert' : undefined}
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      onKeyDown={(event) => event.key === 'Escape' && closeToast(toast.id)}
    >
      <span className={className}>
        <Icon name={icon} />
      </span>
      <span>{foreignText(toast.text, 1000)}</span>
      <span className="row">
        {toast.action !== undefined && (
          <Button size="tiny" onClick={() => runToastAction(toast.id)}>
            {toast.action}
          </Button>
        )}
        <IconButton icon="x" small label="Close message" onClick={() => closeToast(toast.id)} />
      </span>
    </div>
  )
}
