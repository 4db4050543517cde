import { type ReactNode } from 'react'
import { Icon, type IconName } from './icon'

interface EmptyStateProps {
  readonly icon: IconName
  readonly title: string
  /** Why there is nothing, and what to do. */
  readonly children?: ReactNode
  /** Buttons. */
  readonly actions?: ReactNode
  /** `page`: it stands for the whole page and its title is the page's heading; `list`: right below that heading. Default: inside a panel. */
  readonly place?: keyof typeof HEADINGS
}

/** The heading that comes next where it stands: screen readers walk the headings, none may be left out. */
const HEADINGS = { page: 'h1', list: 'h2', panel: 'h3' } as const

/** What a page or panel shows when it has nothing to show, and the way on from there. */
export function EmptyState({ icon, title, children, actions, place = 'panel' }: EmptyStateProps) {
  const Heading = HEADINGS[place]
  return (
    <div className="blank">
      <Icon name={icon} />
      <Heading>{title}</Heading>
      {children !== undefined && <p>{children}</p>}
      {actions !== undefined && <div className="row wrap">{actions}</div>}
    </div>
  )
}

/** Placeholder boxes for values on their way; they keep the place of what will come. */
export function Loading({ label, lines = 3 }: { readonly label: string; readonly lines?: number }) {
  return (
    <div className="stack wide" aria-busy="true">
      <span className="sr">{label}</span>
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the boxes are alike and never move
        <span key={index} className={`skel w${(index % 3) + 1}`} />
      ))}
    </div>
  )
}
