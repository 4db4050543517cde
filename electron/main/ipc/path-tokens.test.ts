import { describe, expect, it } from 'vitest'
import { createPathTokens, tokenLifetimeMs } from './path-tokens'

const path = '/models/a.gguf'

function setUp(): { tokens: ReturnType<typeof createPathTokens>; token: string; clock: { ms: number } } {
  const clock = { ms: 1000 }
  const tokens = createPathTokens(() => clock.ms)
  return { tokens, clock, token: tokens.grant({ windowId: 1, purpose: 'inspect', path }) }
}

describe('path tokens', () => {
  it('give the path back once, to the window that got them', () => {
    const { tokens, token } = setUp()
    expect(tokens.redeem({ windowId: 1, purpose: 'inspect', token })).toEqual({ ok: true, value: path })
    expect(tokens.redeem({ windowId: 1, purpose: 'inspect', token })).toMatchObject({ error: { code: 'FORBIDDEN' } })
  })

  it('refuse a forged token, another window, an expired token and a reloaded page alike', () => {
    const { tokens, token, clock } = setUp()
    const refusals = [
      tokens.redeem({ windowId: 1, purpose: 'inspect', token: `${token.slice(0, -1)}!` }),
      tokens.redeem({ windowId: 2, purpose: 'inspect', token }),
    ]
    clock.ms += tokenLifetimeMs
    refusals.push(tokens.redeem({ windowId: 1, purpose: 'inspect', token }))
    const second = tokens.grant({ windowId: 1, purpose: 'inspect', path })
    tokens.revokeWindow(1)
    refusals.push(tokens.redeem({ windowId: 1, purpose: 'inspect', token: second }))
    for (const refusal of refusals) expect(refusal).toEqual(refusals[0])
    expect(refusals[0]).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } })
  })

  it('survive a failed attempt of another window', () => {
    const { tokens, token } = setUp()
    tokens.redeem({ windowId: 2, purpose: 'inspect', token })
    expect(tokens.redeem({ windowId: 1, purpose: 'inspect', token }).ok).toBe(true)
  })

  it('are long, unlike each other, and bounded in number', () => {
    const { tokens, token } = setUp()
    const many = Array.from({ length: 1000 }, () => tokens.grant({ windowId: 1, purpose: 'inspect', path }))
    expect(new Set(many).size).toBe(1000)
    expect(many.every((one) => /^[\w-]{32}$/.test(one))).toBe(true)
    expect(tokens.redeem({ windowId: 1, purpose: 'inspect', token }).ok).toBe(false)
    expect(tokens.redeem({ windowId: 1, purpose: 'inspect', token: many.at(-1) ?? '' }).ok).toBe(true)
  })
})
