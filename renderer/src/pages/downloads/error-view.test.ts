import { describe, expect, it } from 'vitest'
import { errorCodes } from '#shared/domain/result'
import { errorView } from './error-view'

describe('what the hub refuses', () => {
  it('has a heading of its own for each kind of trouble', () => {
    const codes = ['UNAUTHORIZED', 'GATED', 'NOT_FOUND', 'RATE_LIMITED', 'UNAVAILABLE', 'NETWORK', 'TIMEOUT'] as const
    const titles = codes.map((code) => errorView({ code, message: 'm' }).title)
    expect(new Set(titles).size).toBe(codes.length)
  })

  it('offers a token only where one helps, and asking again only where the answer can change', () => {
    const offered = (code: (typeof errorCodes)[number]) => errorView({ code, message: 'm' }).actions
    expect(offered('GATED')).toEqual(['token', 'retry'])
    expect(offered('NETWORK')).toEqual(['retry'])
    expect(offered('USAGE')).toEqual([])
    expect(errorCodes.filter((code) => offered(code).includes('token'))).toEqual(['UNAUTHORIZED', 'GATED'])
  })

  it('tells a computer without a network from a hub that cannot be reached', () => {
    const error = { code: 'NETWORK', message: 'The hub refuses connections.', hint: 'Check the endpoint.' } as const
    expect(errorView(error, true).text).toBe('The hub refuses connections. Check the endpoint.')
    expect(errorView(error, false).title).toBe('This computer is offline')
  })
})
