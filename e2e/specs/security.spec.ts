import { join } from 'node:path'
import { channelNames, eventNames } from '../../shared/ipc/channels'
import { observe } from '../fixtures/observers'
import { expect, test } from '../fixtures/test'
import { FirstRunPage } from '../pages/first-run'
import { pageNames, Shell } from '../pages/shell'

test('the page is sandboxed, isolated and knows nothing of Node or Electron', async ({ launch }) => {
  const { app, page } = await launch()
  const globals = ['require', 'process', 'module', 'Buffer', 'electron', 'ipcRenderer', 'global']
  expect(await page.evaluate((names) => names.map((name) => typeof Reflect.get(window, name)), globals)).toEqual(
    globals.map(() => 'undefined'),
  )
  const preferences = await app.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents
    // Not in Electron's public types, but the only way to read the options in force.
    return (contents as unknown as { getLastWebPreferences: () => Record<string, unknown> }).getLastWebPreferences()
  })
  expect(preferences).toMatchObject({
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInSubFrames: false,
    sandbox: true,
    webviewTag: false,
  })
  expect([undefined, true]).toContain(preferences['webSecurity'])
  expect([undefined, false]).toContain(preferences['experimentalFeatures'])
  expect([undefined, '']).toContain(preferences['enableBlinkFeatures'])
})

test('window.api has exactly the names of the contract, frozen', async ({ launch }) => {
  const { page } = await launch()
  const api = await page.evaluate(() => {
    const value = Reflect.get(window, 'api') as Record<string, object>
    const assigned = Reflect.set(value, 'app:info', () => 'forged')
    return {
      names: Object.keys(value),
      events: Object.keys(value['on'] ?? {}),
      isFrozen: Object.isFrozen(value) && Object.isFrozen(value['on']),
      wasAssigned: assigned,
      isConfigurable: Object.getOwnPropertyDescriptor(window, 'api')?.configurable,
    }
  })
  expect(api.names.sort()).toEqual([...channelNames, 'on', 'grantDropped'].sort())
  expect(api.events.sort()).toEqual([...eventNames].sort())
  expect(api).toMatchObject({ isFrozen: true, wasAssigned: false, isConfigurable: false })
})

test('listeners get the payload and nothing of the event; unsubscribing stops them', async ({ launch }) => {
  const { app, page } = await launch()
  await page.evaluate(() => {
    const { on } = Reflect.get(window, 'api') as { on: Record<string, (f: (...a: unknown[]) => void) => () => void> }
    const heard: unknown[][] = []
    Reflect.set(window, 'heard', heard)
    Reflect.set(
      window,
      'stop',
      on['command:run']?.((...args) => heard.push(args)),
    )
  })
  const send = (): Promise<void> =>
    app.evaluate(({ BrowserWindow }) => {
      BrowserWindow.getAllWindows()[0]?.webContents.send('command:run', { command: 'test:none' })
    })
  const heard = (): Promise<unknown> => page.evaluate(() => Reflect.get(window, 'heard'))
  await send()
  await expect.poll(heard).toEqual([[{ command: 'test:none' }]])
  await page.evaluate(() => (Reflect.get(window, 'stop') as () => void)())
  await send()
  await page.evaluate(() => (Reflect.get(window, 'api') as Record<string, (i: object) => unknown>)['app:info']?.({}))
  expect(await heard()).toEqual([[{ command: 'test:none' }]])
})

test('the policy is in force: inline script, remote image and eval are stopped', async ({ launch }) => {
  const { page } = await launch()
  const header = await page.evaluate(async () =>
    (await fetch('app://window/index.html')).headers.get('content-security-policy'),
  )
  expect(header).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
  const outcome = await page.evaluate(async () => {
    const violations: string[] = []
    document.addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective))
    const script = document.createElement('script')
    script.textContent = 'window.injected = true'
    const image = new Image()
    const failed = new Promise((resolve) => image.addEventListener('error', resolve))
    image.src = 'https://example.invalid/x.png'
    document.body.append(script, image)
    await failed
    let evaluated = 'allowed'
    try {
      // The policy has no unsafe-eval.
      new Function('return 1')()
    } catch {
      evaluated = 'refused'
    }
    for (const element of [script, image]) element.remove()
    return { violations, injected: Reflect.get(window, 'injected'), evaluated }
  })
  expect(outcome.injected).toBeUndefined()
  expect(outcome.evaluated).toBe('refused')
  expect(outcome.violations.map((name) => name.replace('-elem', ''))).toEqual(
    expect.arrayContaining(['script-src', 'img-src']),
  )
})

test('the protocol serves the bundle and nothing else', async ({ launch }) => {
  const { page } = await launch()
  const urls = [
    'app://window/..%2fmain%2fmain.js',
    'app://window/%2e%2e%5cpackage.json',
    'app://window//etc/passwd',
    'app://window/missing.js',
  ]
  const statuses = await page.evaluate((list) => Promise.all(list.map(async (url) => (await fetch(url)).status)), urls)
  expect(statuses).toEqual(urls.map(() => 404))
  const posted = await page.evaluate(async () => (await fetch('app://window/index.html', { method: 'POST' })).status)
  expect(posted).toBe(405)
  const other = await page.evaluate(() =>
    fetch('app://other/index.html').then(
      () => 'answered',
      () => 'refused',
    ),
  )
  expect(other).toBe('refused')
})

test('nothing leads away from the page and nothing opens another window', async ({ box, launch }) => {
  const { app, page } = await launch()
  // The one way out is watched and never taken: no browser opens during the test.
  await app.evaluate(({ shell }) => {
    Reflect.set(globalThis, 'opened', [])
    shell.openExternal = async (url) => void (Reflect.get(globalThis, 'opened') as string[]).push(url)
  })
  const home = page.url()
  const hostile = ['https://example.invalid/', `file://${join(box, 'x.html')}`, 'data:text/html,x', 'app://other/']
  for (const url of hostile) {
    await page.evaluate((to) => {
      const link = document.createElement('a')
      link.href = to
      document.body.append(link)
      link.click()
      link.target = '_blank'
      link.click()
      link.remove()
      window.open(to)
      location.assign(to)
    }, url)
  }
  await page.evaluate(() => window.open('javascript:1'))
  await page.evaluate(() => window.open('https://huggingface.co/Qwen/Qwen3-8B'))
  expect(page.url()).toBe(home)
  expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)
  await expect
    .poll(() => app.evaluate(() => Reflect.get(globalThis, 'opened')))
    .toEqual(['https://huggingface.co/Qwen/Qwen3-8B'])
  await page.evaluate(() => {
    const view = document.createElement('webview')
    view.setAttribute('src', 'https://example.invalid/')
    document.body.append(view)
    view.remove()
  })
  expect(await app.evaluate(({ webContents }) => webContents.getAllWebContents().length)).toBe(1)
  // Chromium asks nobody about this one, so the window comes back by itself.
  await page.evaluate(() => location.assign('about:blank'))
  await page.waitForURL(home)
  await expect(page.getByRole('main')).toBeVisible()
})

test('permissions and devices are refused', async ({ launch }) => {
  const { page } = await launch()
  const outcome = await page.evaluate(async () => {
    const state = async (name: string): Promise<string> =>
      (await navigator.permissions.query({ name: name as PermissionName })).state
    const refused = async (ask: () => Promise<unknown>): Promise<string> => {
      try {
        const given = await ask()
        return Array.isArray(given) && given.length === 0 ? 'refused' : 'granted'
      } catch {
        return 'refused'
      }
    }
    const devices = navigator as unknown as Record<
      'hid' | 'serial' | 'usb',
      { requestDevice?: (o: object) => Promise<unknown>; requestPort?: () => Promise<unknown> }
    >
    return {
      geolocation: await state('geolocation'),
      notifications: await state('notifications'),
      camera: await refused(() => navigator.mediaDevices.getUserMedia({ video: true })),
      screen: await refused(() => navigator.mediaDevices.getDisplayMedia()),
      hid: await refused(async () => devices.hid.requestDevice?.({ filters: [] })),
      serial: await refused(async () => devices.serial.requestPort?.()),
      usb: await refused(async () => devices.usb.requestDevice?.({ filters: [] })),
    }
  })
  expect(outcome).toEqual({
    geolocation: 'denied',
    notifications: 'denied',
    camera: 'refused',
    screen: 'refused',
    hid: 'refused',
    serial: 'refused',
    usb: 'refused',
  })
})

test('a tour of every page makes no foreign request, breaks no policy and complains about nothing', async ({
  launch,
}) => {
  const headroom = await launch()
  const observed = await observe(headroom)
  await headroom.page.reload()
  const shell = new Shell(headroom.page)
  await shell.goTo('Models')
  await new FirstRunPage(headroom.page).useSample()
  for (const name of pageNames) await shell.goTo(name)
  expect(observed.foreignRequests).toEqual([])
  expect(observed.complaints).toEqual([])
})

test('a flood of calls is bounded and the window stays responsive', async ({ launch }) => {
  const { page } = await launch()
  const codes = await page.evaluate(async () => {
    const api = Reflect.get(window, 'api') as Record<
      string,
      (input: object) => Promise<{ ok: boolean; error?: { code: string } }>
    >
    const flood = Array.from({ length: 1000 }, () => api['registry:load']?.({}))
    const info = await api['app:info']?.({})
    const replies = await Promise.all(flood)
    return [info?.ok, ...new Set(replies.map((reply) => (reply?.ok === true ? 'ok' : reply?.error?.code)))]
  })
  expect(codes[0]).toBe(true)
  expect(codes.slice(1).every((code) => code === 'ok' || code === 'BUSY')).toBe(true)
})
