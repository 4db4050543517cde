import { type ReactNode, useId } from 'react'

interface PanelProps {
  readonly title: string
  /** Dim words behind the title. */
  readonly note?: ReactNode
  /** Controls at the end of the header. */
  readonly actions?: ReactNode
  /** Row of buttons under a line. */
  readonly footer?: ReactNode
  /** Padding around the children; switch it off for tables and lists that reach the edges. Default true. */
  readonly padded?: boolean
  readonly className?: string
  readonly children?: ReactNode
}

/** A box with a heading: the unit of every page. It is a region named by its title. */
export function Panel({ title, note, actions, footer, padded = true, className, children }: PanelProps) {
  const id = useId()
  return (
    <section className={className === undefined ? 'panel' : `panel ${className}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {note !== undefined && <span className="small dim cut">{note}</span>}
        {actions !== undefined && <span className="push row">{actions}</span>}
      </header>
      {padded ? <div className="body">{children}</div> : children}
      {footer !== undefined && <footer>{footer}</footer>}
    </section>
  )
}
