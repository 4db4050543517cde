import { type FlagDialect } from './catalogue'
import { type FlagChange } from './flag-change'

/** A wish to change launch flags. `limits` are those of the model, for warnings. */
export interface PlanRequest {
  readonly extraArgs: readonly string[] | string
  readonly changes: readonly FlagChange[]
  readonly removeDuplicates: boolean
  readonly dialect: FlagDialect
  readonly limits?: { readonly contextLength?: number }
}
