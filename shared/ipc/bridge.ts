import type { Channel, Input, Output, Reply } from './contract'
import type { EventName, EventPayload } from './events'

/**
 * `window.api`: one function per channel, none that takes a channel name, plus the event subscriptions and the
 * exchange of dropped files for tokens (the path stays outside the page).
 */
export type Bridge = { readonly [C in Channel]: (input: Input<C>) => Promise<Reply<Output<C>>> } & {
  readonly on: { readonly [E in EventName]: (listener: (payload: EventPayload<E>) => void) => () => void }
  /** Tokens for the `File` objects of a drop, in order; `null` where the system gives no path. */
  readonly grantDropped: (files: readonly object[]) => Promise<readonly ({ token: string; label: string } | null)[]>
}
