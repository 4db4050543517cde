import { expect, it, vi } from 'vitest'

const order: string[] = []

vi.mock('electron', () => ({
  app: {
    isPackaged: true,
    commandLine: { hasSwitch: (name: string) => name === 'user-data-dir' },
    enableSandbox: () => order.push('enableSandbox'),
    requestSingleInstanceLock: () => order.push('lock') > 0,
    quit: () => order.push('quit'),
    on: (name: string) => order.push(`on ${name}`),
  },
  protocol: { registerSchemesAsPrivileged: () => order.push('declare scheme') },
}))
vi.mock('./application', () => ({ startApplication: () => order.push('start') }))
vi.mock('./log', () => ({ startLog: () => order.push('log'), logWarning: () => {} }))
vi.mock('./external', () => ({ openExternal: () => {} }))

it('enables the sandbox, declares the scheme and confines navigation before anything else', async () => {
  await import('./index')
  expect(order).toEqual(['enableSandbox', 'declare scheme', 'on web-contents-created', 'log', 'lock', 'start'])
})
