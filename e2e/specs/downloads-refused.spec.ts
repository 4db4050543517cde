import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { tinySafetensors } from '../fixtures/hub-repos'
import { expect, test } from '../fixtures/hub-test'
import { photograph } from '../fixtures/screenshots'

const canary = 'hf_canaryE2e0123456789'

test('every refusal of a hub has words and a next step of its own', async ({ hub, openDownloads }) => {
  const headroom = await openDownloads()
  const { downloads: page } = headroom
  const cases = [
    [401, 'The hub asks who you are', 'Add token'],
    [403, 'Gated or private model', 'Add token'],
    [404, 'Not found on this hub', 'Try again'],
    [429, 'The hub asks for a pause', 'Try again'],
    [503, 'The hub is failing', 'Try again'],
  ] as const
  for (const [status, words, button] of cases) {
    hub.fault = () => ({ kind: 'status', status, headers: { 'retry-after': '30' } })
    await page.lookUp(`owner/Status-${status}`)
    await expect(page.alert).toContainText(words)
    await expect(page.button(button)).toBeVisible()
    await photograph(headroom, `downloads-refused-${status}`)
  }
  await page.lookUp('no repository')
  await expect(page.alert).toContainText('Not a repository')
  await expect(page.button('Try again')).toBeHidden()
})

test('no connection is said, and the way on works as soon as there is one', async ({ hub, openDownloads }) => {
  const headroom = await openDownloads()
  const { downloads: page } = headroom
  hub.fault = () => ({ kind: 'stall', afterBytes: 0 })
  await page.lookUp('owner/Tiny')
  await expect(page.button('Stop')).toBeVisible()
  await photograph(headroom, 'downloads-resolving')
  await page.button('Stop').click()
  await expect(page.button('Stop')).toBeHidden()
  await hub.close()
  await page.lookUp('owner/Tiny-GGUF@main')
  await expect(page.alert).toContainText('refuses connections')
  await photograph(headroom, 'downloads-no-connection')
  await expect(page.button('Try again')).toBeVisible()
  await headroom.page.context().setOffline(true)
  await expect(page.alert).toContainText('This computer is offline')
  await photograph(headroom, 'downloads-offline')
})

test('too little room is said before anything starts', async ({ openDownloads }) => {
  const headroom = await openDownloads()
  const { downloads: page } = headroom
  await page.lookUp('owner/Huge')
  await page.tick('safetensors')
  await expect(headroom.page.getByText(/but only .* are free/)).toBeVisible()
  await photograph(headroom, 'downloads-disk-full')
  const button = page.button(/^Download safetensors/)
  await expect(button).toHaveAttribute('aria-disabled', 'true')
  await button.press('Enter')
  await expect(page.queue).toBeHidden()
})

test('what waits for the network counts down, and can be tried at once', async ({ hub, openDownloads }) => {
  const headroom = await openDownloads()
  const { downloads: page } = headroom
  await page.lookUp('owner/Tiny-GGUF')
  await expect(page.variant('Q8_0').getByText('Fits')).toBeVisible()
  hub.fault = () => ({ kind: 'status', status: 503 })
  await page.tick('Q4_K_M')
  await page.button(/^Download Q4_K_M/).click()
  await expect(page.queue.getByText(/again in \d+/)).toBeVisible()
  await expect(page.queue.getByText(/It is tried again by itself/)).toBeVisible()
  await photograph(headroom, 'downloads-retrying')
  hub.fault = () => undefined
  await page.button('Retry Tiny-GGUF Q4_K_M now').click()
  await expect(page.finished.getByText('Hashes matched, 1 of 1')).toBeVisible()
})

test('wrong content is kept aside and explained; a retry fetches only the bad file', async ({ hub, openDownloads }) => {
  const headroom = await openDownloads()
  const { downloads: page } = headroom
  await page.lookUp('owner/Tiny')
  await expect(page.variant('safetensors').getByText('Fits')).toBeVisible()
  const size = tinySafetensors.files[0]?.content.length ?? 0
  hub.fault = ({ path }) =>
    path.endsWith('model.safetensors') ? { kind: 'content', content: Buffer.alloc(size, 7) } : undefined
  await page.tick('safetensors')
  await page.button(/^Download safetensors/).click()
  await expect(page.queue.getByText(/model.safetensors had the wrong content/)).toBeVisible()
  await expect(page.leftovers.getByText(/wrong content, kept aside/)).toBeVisible()
  await photograph(headroom, 'downloads-wrong-content')
  hub.fault = () => undefined
  hub.requests.length = 0
  await page.button('Retry file of Tiny safetensors').click()
  await expect(page.finished.getByText('Hashes matched, 3 of 3')).toBeVisible()
  const fetched = hub.requests.filter(({ path }) => path.includes('/resolve/')).map(({ path }) => path)
  expect(new Set(fetched.map((path) => path.split('/').at(-1)))).toEqual(new Set(['model.safetensors']))
  await page.button(/^Delete all/).click()
  await page.button(/^Delete \d/).click()
  await expect(page.leftovers).toBeHidden()
})

test('a token is sent to the hub and lies nowhere readable', async ({ hub, box, openDownloads }) => {
  const headroom = await openDownloads()
  const { downloads: page } = headroom
  await page.button('Token').click()
  await headroom.page.getByLabel('Token', { exact: true }).fill(canary)
  const consent = headroom.page.getByRole('checkbox', { name: /readable on the disk/ })
  const hasKeyRing = (await consent.count()) === 0
  await photograph(headroom, 'downloads-token')
  if (!hasKeyRing) {
    await expect(page.button('Store token')).toBeDisabled()
    await consent.check()
  }
  await page.button('Store token').click()
  await expect(headroom.page.getByText('The token is stored.')).toBeVisible()
  await page.lookUp('owner/Tiny-GGUF')
  await expect(page.variant('Q4_K_M')).toBeVisible()
  expect(hub.requests.some(({ headers }) => headers.authorization === `Bearer ${canary}`)).toBe(true)
  expect(await headroom.page.content()).not.toContain(canary)
  await headroom.app.close()
  for (const file of filesUnder(box)) expect(readFileSync(file).includes(canary), file).toBe(false)
})

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
}
