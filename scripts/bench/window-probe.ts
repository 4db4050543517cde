/**
 * Code that runs inside the window. Every function stands for itself: it is sent there as text, so it uses nothing from
 * outside its own body.
 */

/** One change and the frame that showed it, in milliseconds. */
export interface Frame {
  /** From the event until the frame with its effect has been painted. */
  readonly latency: number
}

/** A frame with the processor time that the window's main thread spent on the whole step. */
export interface Step extends Frame {
  readonly processor: number
}

declare global {
  interface Window {
    benchFrames?: Frame[]
    benchWaiting?: (() => void)[]
    benchKind?: string
  }
}

/** Records a frame for every event of this kind, from now on; what was recorded before is dropped. */
export function recordFrames(kind: string): void {
  window.benchFrames = []
  window.benchWaiting = []
  if (window.benchKind === kind) return
  window.benchKind = kind
  // Before the program's own listeners.
  const begin = () => {
    const begun = performance.now()
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => {
        window.benchFrames?.push({ latency: performance.now() - begun })
        for (const go of window.benchWaiting?.splice(0) ?? []) go()
      }
      // A message sent from an animation callback arrives once the frame is painted.
      port2.postMessage(null)
    })
  }
  window.addEventListener(kind, begin, { capture: true })
}

/**
 * All frames so far, once there is one beyond `count` or after half a second (a move that changes nothing paints
 * nothing).
 */
export function frameAfter(count: number): Promise<readonly Frame[]> {
  return new Promise((resolve) => {
    const done = () => resolve(window.benchFrames ?? [])
    if ((window.benchFrames?.length ?? 0) > count) return done()
    const timer = setTimeout(done, 500)
    window.benchWaiting?.push(() => {
      clearTimeout(timer)
      done()
    })
  })
}

/** The peer: a bare range input whose number is written beside it, nothing else. */
export function addBareSlider(): void {
  const box = document.createElement('div')
  box.id = 'bench-bare'
  box.style.cssText = 'position:fixed;top:300px;left:500px;z-index:1000;background:Canvas;padding:20px'
  const input = document.createElement('input')
  input.type = 'range'
  input.max = '1000'
  input.style.width = '236px'
  const output = document.createElement('output')
  input.addEventListener('input', () => {
    output.textContent = input.value
  })
  box.append(input, output)
  document.body.append(box)
}

/** Goes to the page and waits for the frame with its first rows. Milliseconds from the click. */
export function paintOfList(link: string): Promise<number> {
  return new Promise((resolve) => {
    const start = performance.now()
    const observer = new MutationObserver(() => {
      if (document.querySelectorAll('[role="grid"] tbody tr[aria-rowindex]').length < 10) return
      observer.disconnect()
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => resolve(performance.now() - start)
        port2.postMessage(null)
      })
    })
    observer.observe(document.body, { childList: true, subtree: true })
    document.querySelector<HTMLAnchorElement>(link)?.click()
  })
}
