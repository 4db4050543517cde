import { type MeasuredCase } from './cases'

export function llamaReport(
  _cases: readonly MeasuredCase[],
  _options: { readonly isVerbose: boolean },
): readonly string[] {
  return []
}
