import { randomBytes } from 'node:crypto'
import { fail, ok, type Result } from '#shared/domain/result'

export type TokenPurpose = 'inspect'

interface Grant {
  readonly windowId: number
  readonly purpose: TokenPurpose
  readonly path: string
  readonly expiresAtMs: number
}

/** Paths stay in main; a page holds a random token for one use, in its own window, for a while. */
export interface PathTokens {
  grant(request: { windowId: number; purpose: TokenPurpose; path: string }): string
  /** Gives the path back once. Forged, spent, expired and foreign tokens all get the same answer. */
  redeem(request: { windowId: number; purpose: TokenPurpose; token: string }): Result<string>
  /** A reloaded or closed window loses its tokens. */
  revokeWindow(windowId: number): void
}

export const tokenLifetimeMs = 30 * 60_000
const maxTokensPerWindow = 256

export function createPathTokens(nowMs: () => number): PathTokens {
  const grants = new Map<string, Grant>()

  function makeRoom(windowId: number): void {
    for (const [token, grant] of grants) if (grant.expiresAtMs <= nowMs()) grants.delete(token)
    const own = [...grants].filter(([, grant]) => grant.windowId === windowId)
    for (const [token] of own.slice(0, Math.max(0, own.length - maxTokensPerWindow + 1))) grants.delete(token)
  }

  return {
    grant({ windowId, purpose, path }) {
      makeRoom(windowId)
      const token = randomBytes(24).toString('base64url')
      grants.set(token, { windowId, purpose, path, expiresAtMs: nowMs() + tokenLifetimeMs })
      return token
    },
    redeem({ windowId, purpose, token }) {
      const grant = grants.get(token)
      const isValid = grant?.windowId === windowId && grant.purpose === purpose && grant.expiresAtMs > nowMs()
      if (grant === undefined || !isValid) {
        return fail('FORBIDDEN', 'This file is no longer open here.', { hint: 'Choose or drop the file again.' })
      }
      grants.delete(token)
      return ok(grant.path)
    },
    revokeWindow(windowId) {
      for (const [token, grant] of grants) if (grant.windowId === windowId) grants.delete(token)
    },
  }
}
