import type { z } from 'zod'
import { fail, type Result } from '#shared/domain/result'
import { isWithinLimits } from './input-limits'
import type { LaneKeeper } from './lanes'
import { type CallEvent, isTrustedSender, type SenderPolicy } from './sender'

/** The window a call came from, and how to reach it. */
export interface Caller {
  readonly windowId: number
}

export interface Endpoint {
  readonly input: z.ZodType
  readonly output: z.ZodType
  readonly handle: (input: never, caller: Caller) => Promise<Result<unknown>>
}

export interface DispatchOptions {
  readonly policy: SenderPolicy
  readonly lanes: LaneKeeper
  readonly log: (message: string) => void
  /** Called once for each call that passed the checks. */
  readonly onCall?: (windowId: number) => void
}

/** The one message a wrong sender ever gets: codes do not survive a rejection, and details would help it. */
export const refusal = 'This page may not call the application.'

export type Dispatcher = (event: CallEvent, ...args: unknown[]) => Promise<Result<unknown>>

/** Checks sender, input, load and output around one handler. Rejects for a wrong sender; otherwise always answers. */
export function createDispatcher(channel: string, endpoint: Endpoint, options: DispatchOptions): Dispatcher {
  return async (event, ...args) => {
    if (!isTrustedSender(event, options.policy)) {
      options.log(`${channel}: refused a call from ${describeSender(event)}`)
      throw new Error(refusal)
    }
    const input = args.length === 1 && isWithinLimits(args[0]) ? endpoint.input.safeParse(args[0]) : undefined
    if (input?.success !== true) {
      options.log(`${channel}: refused a malformed call`)
      return fail('BAD_REQUEST', 'The window sent a request that does not fit its form.')
    }
    options.onCall?.(event.sender.id)
    return runInLane(channel, { endpoint, options, input: input.data, windowId: event.sender.id })
  }
}

interface Accepted {
  readonly endpoint: Endpoint
  readonly options: DispatchOptions
  readonly input: unknown
  readonly windowId: number
}

async function runInLane(channel: string, { endpoint, options, input, windowId }: Accepted): Promise<Result<unknown>> {
  const leave = await options.lanes.enter(windowId, channel)
  if (leave === undefined) {
    options.log(`${channel}: too many calls at once`)
    return fail('BUSY', 'Too many requests at once.', { hint: 'Wait for the work under way to end.' })
  }
  try {
    // `input` was decoded with the schema of this very endpoint.
    const result = await endpoint.handle(input as never, { windowId })
    return result.ok ? checkOutput(channel, { endpoint, options, value: result.value }) : result
  } catch (error) {
    options.log(`${channel}: failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    return internalError()
  } finally {
    leave()
  }
}

function checkOutput(
  channel: string,
  { endpoint, options, value }: { endpoint: Endpoint; options: DispatchOptions; value: unknown },
): Result<unknown> {
  const output = endpoint.output.safeParse(value)
  if (output.success) return { ok: true, value: output.data }
  options.log(`${channel}: the answer does not fit its form: ${output.error.message}`)
  return internalError()
}

function internalError(): Result<never> {
  return fail('INTERNAL', 'Something in Headroom went wrong.', {
    hint: 'The log has the details. Copy the report on the Maintenance page when you report this.',
  })
}

function describeSender(event: CallEvent): string {
  const url = event.senderFrame?.url ?? 'no frame'
  return JSON.stringify(url.slice(0, 200))
}
