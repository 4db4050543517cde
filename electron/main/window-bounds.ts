import { z } from 'zod'

export const windowStateSchema = z.object({
  x: z.number().int(),
  y: z.number().int(),
  width: z.number().int().min(200).max(20_000),
  height: z.number().int().min(200).max(20_000),
  maximised: z.boolean(),
})
export type WindowState = z.infer<typeof windowStateSchema>

export interface Area {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export const defaultSize = { width: 1440, height: 900 }
export const minimumSize = { width: 1024, height: 700 }
/** At least this much of the title bar must be on some display for a person to get hold of the window. */
const graspable = { width: 120, height: 40 }

export interface PlacedWindow {
  readonly x?: number
  readonly y?: number
  readonly width: number
  readonly height: number
}

/** Where to open: as remembered when that can still be seen, else at the usual size where the system likes. */
export function placeWindow(state: WindowState | undefined, displays: readonly Area[]): PlacedWindow {
  const home = displays.find((display) => state !== undefined && isGraspable(state, display))
  if (state === undefined || home === undefined) return limit(defaultSize, displays[0])
  return { x: state.x, y: state.y, ...limit(state, home) }
}

/** A small screen wins over the smallest comfortable size. */
export function smallestSize(display: Area | undefined): { width: number; height: number } {
  return limit(minimumSize, display)
}

function isGraspable(state: WindowState, display: Area): boolean {
  const visibleWidth = Math.min(state.x + state.width, display.x + display.width) - Math.max(state.x, display.x)
  const isTitleInside = state.y >= display.y && state.y + graspable.height <= display.y + display.height
  return visibleWidth >= graspable.width && isTitleInside
}

function limit(size: { width: number; height: number }, display: Area | undefined): { width: number; height: number } {
  if (display === undefined) return { width: size.width, height: size.height }
  return { width: Math.min(size.width, display.width), height: Math.min(size.height, display.height) }
}
