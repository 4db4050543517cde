/** Columns that can be shown or hidden, in their order; the name is always there. */
export const optionalColumns = [
  { key: 'family', label: 'Family' },
  { key: 'parameters', label: 'Params' },
  { key: 'quantization', label: 'Quant' },
  { key: 'format', label: 'Format' },
  { key: 'sizeBytes', label: 'On disk' },
  { key: 'contextTokens', label: 'Max context' },
  { key: 'known', label: 'Architecture' },
  { key: 'fit', label: 'Fit' },
  { key: 'needs', label: 'Needs' },
  { key: 'engine', label: 'Engine' },
] as const
export type OptionalColumn = (typeof optionalColumns)[number]['key']

export const DEFAULT_COLUMNS: readonly string[] = optionalColumns
  .map(({ key }) => key)
  .filter((key) => key !== 'family')
