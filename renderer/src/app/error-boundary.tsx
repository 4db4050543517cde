import { Component, type ErrorInfo, type ReactNode } from 'react'
import { Button } from '../components/button'
import { EmptyState } from '../components/empty-state'
import { showError } from '../stores/toasts'

interface State {
  readonly problem: string | null
}

/** Keeps the window alive when a page throws (a bug): says so, and offers to draw the page again. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { problem: null }

  static getDerivedStateFromError(error: unknown): State {
    return { problem: error instanceof Error ? error.message : String(error) }
  }

  override componentDidCatch(error: Error, info: ErrorInfo): void {
    console.error('A page failed', error, info.componentStack)
    showError({ code: 'INTERNAL', message: 'This page stopped because of a fault in Headroom.' })
  }

  override render(): ReactNode {
    if (this.state.problem === null) return this.props.children
    return (
      <div className="page">
        <EmptyState
          place="page"
          icon="warn"
          title="This page stopped"
          actions={
            <Button variant="primary" onClick={() => this.setState({ problem: null })}>
              Show the page again
            </Button>
          }
        >
          A fault in Headroom: {this.state.problem}. Nothing was written.
        </EmptyState>
      </div>
    )
  }
}
