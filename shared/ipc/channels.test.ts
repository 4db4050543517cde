import { expect, it } from 'vitest'
import { channelNames, eventNames, grantDroppedChannel } from './channels'
import { contract } from './contract'
import { events } from './events'

it('lists every channel of the contract once', () => {
  expect([...channelNames].sort()).toEqual(Object.keys(contract).sort())
})

it('lists every event once', () => {
  expect([...eventNames].sort()).toEqual(Object.keys(events).sort())
})

it('keeps the private channel of the preload out of the contract', () => {
  expect(Object.keys(contract)).not.toContain(grantDroppedChannel)
})
