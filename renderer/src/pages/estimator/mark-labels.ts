export interface MarkLabel {
  readonly x: number
  readonly anchor: 'start' | 'end'
}

export interface MarkLabelsInput {
  /** Pixels from the left edge. */
  readonly budgetX: number
  readonly capacityX: number
  readonly width: number
  /** Room that each label takes. */
  readonly budgetWidth: number
  readonly capacityWidth: number
}

const GAP = 12

/**
 * Where the words above the bar go: each as near to its mark as there is room for, inside the drawing, never over each
 * other. The budget lies at or left of the capacity (a budget above the card is drawn at its own place).
 */
export function markLabels(input: MarkLabelsInput): { readonly budget: MarkLabel; readonly capacity: MarkLabel } {
  const { budgetX, capacityX, width, budgetWidth, capacityWidth } = input
  // Left of its mark, unless the budget then finds no room and the capacity can stand to the right.
  const endsAt = Math.min(width, Math.max(capacityWidth, capacityX))
  const leftOfCapacity = endsAt - capacityWidth - GAP
  const budgetEnd = Math.min(budgetX, leftOfCapacity)
  if (budgetEnd >= budgetWidth) {
    return { budget: { x: budgetEnd, anchor: 'end' }, capacity: { x: endsAt, anchor: 'end' } }
  }
  const budgetStart = Math.max(0, Math.min(budgetX, capacityX - GAP) - budgetWidth)
  const startsAt = Math.max(capacityX, budgetStart + budgetWidth + GAP)
  return { budget: { x: budgetStart, anchor: 'start' }, capacity: { x: startsAt, anchor: 'start' } }
}
