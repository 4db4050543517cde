import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Locator, type Page } from '@playwright/test'
import { launchHeadroom } from '../../e2e/fixtures/launch'
import { writeSettings } from '../../e2e/fixtures/settings'
import { EstimatorPage } from '../../e2e/pages/estimator-page'
import { sampleEntries } from './registry'
import { addBareSlider, frameAfter, paintOfList, recordFrames, type Step } from './window-probe'

/** What the process that drives the window prints. */
export interface WindowFigures {
  readonly drags: readonly { readonly what: string; readonly frames: readonly Step[] }[]
  readonly lists: readonly { readonly entries: number; readonly firstMs: number; readonly frames: readonly Step[] }[]
}

const SIZES = [5_000, 10_000] as const
const ENGINES = ['vLLM', 'Ollama', 'llama.cpp'] as const
/** There and back over the slider, in pixels that each mean another value. */
const DRAG_STEPS = 60
const SCROLLS = 80
/** A registry of thousands is read first, on a machine that may have other work. */
const START_DEADLINE_MS = 180_000

function home(): string {
  return join(process.cwd(), '.cache', 'bench', 'window')
}

/** One file of that many entries: the sample library over and over, under names of their own. */
export function registryText(entries: number): string {
  const samples = sampleEntries()
  const rows = Array.from({ length: entries }, (_, index) => ({
    ...samples[index % samples.length],
    name: `model-${String(index).padStart(5, '0')}`,
  }))
  return JSON.stringify(rows, null, 2)
}

/** Starts the built program over such a registry, with a card by hand, and takes it down again. */
async function withWindow<T>(entries: number, use: (page: Page) => Promise<T>): Promise<T> {
  const dataDir = join(home(), `data-${entries}`)
  rmSync(dataDir, { recursive: true, force: true })
  mkdirSync(dataDir, { recursive: true })
  const registry = join(home(), `registry-${entries}.json`)
  writeFileSync(registry, registryText(entries))
  writeSettings(dataDir)
  const { app, page } = await launchHeadroom({ dataDir, registry })
  page.setDefaultTimeout(60_000)
  try {
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setContentSize(1440, 900))
    await page.getByTestId('verdict').waitFor({ timeout: START_DEADLINE_MS })
    return await use(page)
  } finally {
    await app.close()
  }
}

/** Drags the thumb from one end to the other and back; every move waits for the frame that shows it. */
async function drag(page: Page, slider: Locator): Promise<readonly Step[]> {
  const box = await slider.boundingBox()
  if (box === null) throw new Error('the slider is not in sight')
  const y = box.y + box.height / 2
  const at = (step: number): number => box.x + 12 + ((box.width - 24) * step) / DRAG_STEPS
  await page.mouse.move(at(0), y)
  await page.mouse.down()
  const steps = [...Array(DRAG_STEPS).keys()]
  const frames = await stepwise(page, 'input', {
    count: 2 * DRAG_STEPS,
    act: (step) => page.mouse.move(at([...steps, ...steps.toReversed()][step] ?? 0), y),
  })
  await page.mouse.up()
  return frames
}

interface Stepwise {
  readonly count: number
  readonly act: (step: number) => Promise<void>
}

/** Acts step by step; each waits for the frame that shows it. Steps that change nothing paint nothing and do not count. */
async function stepwise(page: Page, kind: 'input' | 'scroll', { count, act }: Stepwise): Promise<readonly Step[]> {
  const session = await page.context().newCDPSession(page)
  // Time of the thread, not of the clock: what other programs of a busy machine take does not count.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const spentMs = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics')
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN)
  }
  await page.evaluate(recordFrames, kind)
  const steps: Step[] = []
  let seen = 0
  for (let step = 0; step < count; step += 1) {
    const before = await spentMs()
    await act(step)
    const frames = await page.evaluate(frameAfter, seen)
    const processor = (await spentMs()) - before
    const frame = frames.at(-1)
    if (frames.length > seen && frame !== undefined) steps.push({ ...frame, processor })
    seen = frames.length
  }
  await session.detach()
  return steps
}

async function measureDrags(): Promise<WindowFigures['drags']> {
  return withWindow(11, async (page) => {
    const drags: { what: string; frames: readonly Step[] }[] = []
    const estimator = new EstimatorPage(page)
    for (const engine of ENGINES) {
      await page.getByRole('radiogroup', { name: 'Engine' }).getByRole('radio', { name: engine }).click()
      await estimator.settled()
      drags.push({ what: `context slider, ${engine}`, frames: await drag(page, estimator.contextSlider) })
    }
    await page.evaluate(addBareSlider)
    drags.push({ what: 'bare range input', frames: await drag(page, page.locator('#bench-bare input')) })
    return drags
  })
}

async function measureList(entries: number): Promise<WindowFigures['lists'][number]> {
  return withWindow(entries, async (page) => {
    const firstMs = await page.evaluate(paintOfList, 'nav a[href="#models"]')
    await page.getByRole('grid', { name: 'Models' }).hover({ position: { x: 200, y: 200 } })
    const frames = await stepwise(page, 'scroll', { count: SCROLLS, act: () => page.mouse.wheel(0, 300) })
    return { entries, firstMs, frames }
  })
}

/** Body of the driving process: the figures as one JSON text. */
export async function measureWindow(): Promise<WindowFigures> {
  const drags = await measureDrags()
  const lists: WindowFigures['lists'][number][] = []
  for (const entries of SIZES) lists.push(await measureList(entries))
  rmSync(home(), { recursive: true, force: true })
  return { drags, lists }
}
