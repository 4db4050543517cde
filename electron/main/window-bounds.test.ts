import { describe, expect, it } from 'vitest'
import { placeWindow, smallestSize } from './window-bounds'

const laptop = { x: 0, y: 0, width: 1920, height: 1040 }
const right = { x: 1920, y: 0, width: 1920, height: 1080 }
const remembered = { x: 2000, y: 50, width: 1300, height: 800, maximised: false }

describe('where the window opens', () => {
  it('opens at the usual size the first time', () => {
    expect(placeWindow(undefined, [laptop])).toEqual({ width: 1440, height: 900 })
  })

  it('comes back where it was', () => {
    expect(placeWindow(remembered, [laptop, right])).toEqual({ x: 2000, y: 50, width: 1300, height: 800 })
  })

  it('is rescued when the display has gone', () => {
    expect(placeWindow(remembered, [laptop])).toEqual({ width: 1440, height: 900 })
  })

  it.each([
    { ...remembered, x: 1900, y: 1030 },
    { ...remembered, x: -1290 },
    { ...remembered, x: 100, y: -700 },
  ])('is rescued when the title bar cannot be reached: %o', (state) => {
    expect(placeWindow(state, [laptop])).not.toHaveProperty('x')
  })

  it('never opens larger than the display it is on', () => {
    expect(placeWindow({ ...remembered, x: 0, width: 4000, height: 3000 }, [laptop])).toMatchObject({
      width: 1920,
      height: 1040,
    })
  })

  it('lets a small screen win over the smallest comfortable size', () => {
    expect(smallestSize(laptop)).toEqual({ width: 1024, height: 700 })
    expect(smallestSize({ x: 0, y: 0, width: 800, height: 560 })).toEqual({ width: 800, height: 560 })
    expect(smallestSize(undefined)).toEqual({ width: 1024, height: 700 })
  })
})
