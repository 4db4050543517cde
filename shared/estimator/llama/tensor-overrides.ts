import { type Sourced } from '#shared/domain/provenance'
import { fail, ok, type Result } from '#shared/domain/result'
import { type FlagLayer } from '../request'
import { readFlag } from './flags'
import { type LlamaSettings } from './settings'

/** One `PATTERN=BUFFER` of `--override-tensor`; the first pattern that finds itself in a tensor's name decides. */
export interface TensorOverride {
  readonly pattern: RegExp
  readonly isHost: boolean
}

export const overrideNames = ['override-tensor', 'ot'] as const

/** Longer patterns than people write, and repeated groups, which some names take ages to try: `(a+)+`, `(.|.)*`. */
const MOST_CHARACTERS = 500
const REPEATED_GROUP = /\)[+*{]/

/** `--override-tensor "exps=CPU,blk\.1\.=CUDA0"`. Error: BAD_VALUE for a pattern that cannot be read. */
export function readOverrides(layers: readonly FlagLayer[]): Result<Sourced<readonly TensorOverride[]> | undefined> {
  const found = readFlag(layers, overrideNames)
  if (found === undefined) return ok(undefined)
  const bad = fail('BAD_VALUE', `--override-tensor cannot be "${String(found.value)}".`, {
    hint: 'Write a pattern and a buffer, like ffn_.*_exps=CPU.',
  })
  if (found.value === true || found.value.length > MOST_CHARACTERS) return bad
  const overrides: TensorOverride[] = []
  for (const part of found.value.split(',')) {
    const cut = part.lastIndexOf('=')
    const pattern = cut <= 0 ? undefined : toPattern(part.slice(0, cut))
    if (pattern === undefined) return bad
    overrides.push({ pattern, isHost: /^cpu/i.test(part.slice(cut + 1).trim()) })
  }
  return ok({ value: overrides, source: found.source })
}

function toPattern(text: string): RegExp | undefined {
  if (REPEATED_GROUP.test(text)) return undefined
  try {
    return new RegExp(text)
  } catch {
    return undefined // Not a pattern: the caller refuses it with a message.
  }
}

/** The routed experts of a block are three tensors of equal size. */
const EXPERT_TENSORS = ['ffn_gate_exps', 'ffn_up_exps', 'ffn_down_exps'] as const

type ExpertSettings = Pick<LlamaSettings, 'expertLayersOnHost' | 'tensorOverrides'>

/** Share of a block's routed experts that stays in system memory: 0, thirds, or 1. */
export function expertShareOnHost(settings: ExpertSettings, block: number): number {
  const overrides = settings.tensorOverrides?.value ?? []
  const onHost = EXPERT_TENSORS.filter((tensor) => {
    const name = `blk.${block}.${tensor}.weight`
    // Patterns of the command line come before those that --cpu-moe and --n-cpu-moe stand for.
    return overrides.find(({ pattern }) => pattern.test(name))?.isHost ?? block < settings.expertLayersOnHost.value
  })
  return onHost.length / EXPERT_TENSORS.length
}

/** Whether experts of any of the blocks stay behind. */
export function hasExpertsOnHost(settings: ExpertSettings, blocks: number): boolean {
  if (settings.tensorOverrides === undefined) return settings.expertLayersOnHost.value > 0
  return Array.from({ length: blocks }, (_, block) => expertShareOnHost(settings, block)).some((share) => share > 0)
}

/** What of the patterns is not counted, in words. */
export function overrideWarnings(settings: ExpertSettings): readonly string[] {
  const overrides = settings.tensorOverrides?.value ?? []
  const others = overrides.filter(({ pattern, isHost }) => {
    const isExperts = EXPERT_TENSORS.some(
      (tensor) => pattern.test(`blk.0.${tensor}.weight`) || /exps/.test(pattern.source),
    )
    return !isHost || !isExperts || pattern.test('blk.0.attn_q.weight')
  })
  if (others.length === 0) return []
  const names = others.map(({ pattern }) => pattern.source).join(', ')
  return [`--override-tensor: only expert tensors kept on the CPU are counted, not ${names}.`]
}
