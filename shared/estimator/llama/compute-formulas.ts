/**
 * Compute buffer by formula, for models whose graph is not simulated. Bytes. Derived from what ggml's best-fit graph
 * allocator yields for one layer; checked against llama.cpp b10256.
 */
export interface GraphWidths {
  /** Rows of the micro-batch. */
  readonly rows: number
  /** Cells that one row's mask spans. */
  readonly cells: number
  readonly hidden: number
  readonly feedForward: number
  readonly heads: number
  readonly queryWidth: number
  readonly kvWidth: number
  readonly vocabulary: number
  readonly moe?: { readonly used: number; readonly expertWidth: number }
}

/** Mask of one cache in F16. */
export function maskBytes(rows: number, cells: number): number {
  return 2 * rows * cells
}

/** Attention with flash attention: the feed-forward stage dominates. */
export function denseWithFlash(widths: GraphWidths): number {
  const factor = widths.feedForward > widths.hidden + widths.queryWidth ? 3 : 2
  return 4 * widths.rows * (factor * widths.feedForward + 3 * widths.hidden + widths.queryWidth)
}

/** Without flash attention the score matrix of all heads dominates. */
export function denseWithoutFlash(widths: GraphWidths): number {
  const attention = widths.cells * (widths.heads + 1) + 3 * widths.hidden + 2 * widths.queryWidth + 2 * widths.kvWidth
  const feedForward = widths.cells + 3 * widths.feedForward + 3 * widths.hidden + widths.queryWidth
  return 4 * widths.rows * Math.max(attention, feedForward)
}

/** Experts with flash attention: blocks of the routed width placed into the holes that attention leaves. */
export function expertsWithFlash(widths: GraphWidths, moe: { used: number; expertWidth: number }): number {
  const { hidden, queryWidth, rows } = widths
  const block = moe.used * moe.expertWidth
  const routed = moe.used * hidden
  const intoHoles = block === 0 ? 3 : Math.floor(hidden / block) + Math.floor(queryWidth / block)
  const left = 3 - Math.min(3, intoHoles)
  const net = left === 0 ? routed : left * block + (routed > (left - 1) * block ? routed : 0)
  return 4 * rows * Math.max(3 * hidden + 2 * queryWidth, 3 * hidden + queryWidth + net)
}
