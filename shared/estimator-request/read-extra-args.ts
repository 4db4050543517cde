import { ok, type Result } from '#shared/domain/result'
import { type FlagValues } from '#shared/estimator/request'

/** Launch flags of an entry (list or one string) by canonical name; the last occurrence of a flag wins. */
export function readExtraArgs(extraArgs: readonly string[] | string): Result<FlagValues> {
  const tokens = typeof extraArgs === 'string' ? extraArgs.split(/\s+/).filter((part) => part !== '') : extraArgs
  const values: Record<string, string | true> = {}
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index] ?? ''
    if (!/^-{1,2}[A-Za-z]/.test(token)) continue
    const [head = '', ...rest] = token.split('=')
    const name = head.replace(/^-+/, '').replaceAll('_', '-')
    const next = tokens[index + 1]
    if (rest.length > 0) values[name] = rest.join('=')
    else if (next !== undefined && !/^-{1,2}[A-Za-z]/.test(next)) values[name] = next
    else values[name] = true
  }
  return ok(values)
}
