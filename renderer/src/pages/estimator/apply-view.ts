import { ok, type Result } from '#shared/domain/result'
import { type EngineId, type FlagValues } from '#shared/estimator/request'
import { applyCommand } from '#shared/launch-args/apply-command'
import { dialectOf } from '#shared/launch-args/dialect-of'
import { effectiveFlags } from '#shared/launch-args/effective-flags'
import { type ApplyPlan, type FlagChange } from '#shared/launch-args/flag-change'
import { canonicalName, parseFlags } from '#shared/launch-args/parse-flags'
import { planApply } from '#shared/launch-args/plan'
import { tokenize } from '#shared/launch-args/tokenize'
import { type Target } from '../../stores/estimator'
import { leversOf } from './calculations'
import { type Question } from './question'
import { type Point } from './solving'

export interface TargetOption {
  readonly value: Target
  readonly code: string
  readonly where: string
  readonly note: string
  /** The engine on the page reads it. */
  readonly isRead: boolean
}

export function defaultTarget(engine: EngineId): Target {
  return engine === 'vllm' ? 'max-model-len' : 'num-ctx'
}

/** `--max-model-len` and `num_ctx` mean different things; each says who reads it and what it costs. */
export function targetOptions(engine: EngineId): readonly TargetOption[] {
  const isVllm = engine === 'vllm'
  const name = engine === 'ollama' ? 'Ollama' : 'llama.cpp'
  return [
    {
      value: 'max-model-len',
      code: '--max-model-len',
      where: 'in extra_args (vLLM)',
      note: isVllm
        ? 'Ceiling for one request; all requests share the cache.'
        : `Ceiling for one request in vLLM. ${name} does not read it.`,
      isRead: isVllm,
    },
    {
      value: 'num-ctx',
      code: engine === 'llama.cpp' ? '--ctx-size' : 'num_ctx',
      where: engine === 'llama.cpp' ? 'in extra_args (llama.cpp)' : 'in extra_args as --num-ctx (Ollama)',
      note: numCtxNote(engine),
      isRead: !isVllm,
    },
  ]
}

function numCtxNote(engine: EngineId): string {
  switch (engine) {
    case 'vllm':
      return 'Allocated in full for every slot. vLLM does not read it.'
    case 'ollama':
      return 'Allocated in full for every slot. Ollama itself reads it from a Modelfile, OLLAMA_CONTEXT_LENGTH or the request.'
    case 'llama.cpp':
      return 'Total over all slots, allocated in full at start.'
  }
}

export interface ApplyView {
  readonly changes: readonly FlagChange[]
  readonly plan: ApplyPlan
  /** `headroom apply ...`, quoted for a POSIX shell. */
  readonly command: string
  /** Changed flags that stand more than once in the launch line. */
  readonly duplicates: readonly string[]
  readonly contextWindow: number | undefined
  readonly target: Target
  /** Page flags (by the page's names) that the change takes over. */
  readonly written: readonly string[]
}

export interface ApplyInput {
  readonly question: Question
  readonly point: Point
  readonly removeDuplicates: boolean
  /** `null`: the flag that the engine reads. */
  readonly target: Target | null
  readonly setsWindow: boolean
}

/**
 * What was set on this page, as changes of launch flags: the dials that were moved (or solved for), and the settings
 * that were touched. A start value that nobody chose is not written. The context goes to the chosen target.
 */
export function flagChanges(input: Pick<ApplyInput, 'question' | 'point' | 'target'>): readonly FlagChange[] {
  const { question, point, target } = input
  const levers = leversOf(question.engine)
  const { [levers.context]: context, ...others } = question.wishes.flags
  const contextFlag = target ?? defaultTarget(question.engine)
  const isContextSet = context !== undefined || (target !== null && target !== defaultTarget(question.engine))
  return [
    ...(isContextSet ? [{ flag: contextFlag, value: String(point.context) }] : []),
    ...Object.entries(others).map(([flag, value]) => ({ flag, value })),
  ]
}

/** What pressing Apply would do to the entry's launch flags. `undefined` for a file that is not in the registry. */
export function applyView(input: ApplyInput): Result<ApplyView> | undefined {
  const { question, removeDuplicates, point } = input
  const { model, engine } = question
  if (model === undefined) return undefined
  // As the commit does it: whose launch line it is decides, not the engine that the page tries.
  const dialect = dialectOf(model.backend)
  const current = effectiveFlags(model.extra_args, dialect)
  const duplicates = repeatedFlags(model.extra_args, dialect)
  const wished = flagChanges(input)
    .map(({ flag, value }) => ({ flag: canonicalName(dialect, flag), value }))
    .filter(({ flag, value }) => !saysSo(current, flag, value))
  const contextWindow = input.setsWindow && model.context_window !== point.context ? point.context : undefined
  // The call needs a flag; one that already says so changes nothing.
  const changes =
    wished.length === 0 && contextWindow !== undefined
      ? [{ flag: defaultTarget(engine), value: String(point.context) }]
      : wished
  const limit = model.architecture?.context_length
  const plan = planApply({
    extraArgs: model.extra_args,
    dialect,
    changes,
    removeDuplicates,
    ...(limit === undefined ? {} : { limits: { contextLength: limit } }),
  })
  if (!plan.ok) return plan
  return ok({
    changes,
    plan: plan.value,
    command: applyCommand({ name: model.name, changes, removeDuplicates, contextWindow }),
    duplicates: changes.map(({ flag }) => flag).filter((flag) => duplicates.has(flag)),
    contextWindow,
    target: input.target ?? defaultTarget(engine),
    written: writtenFlags(input),
  })
}

/** A context that went to the other target stays a wish of the page: the entry does not say it to this engine. */
function writtenFlags({ question, target }: ApplyInput): readonly string[] {
  const names = Object.keys(question.wishes.flags)
  const isElsewhere = target !== null && target !== defaultTarget(question.engine)
  return isElsewhere ? names.filter((name) => name !== leversOf(question.engine).context) : names
}

function saysSo(current: FlagValues, flag: string, value: FlagChange['value']): boolean {
  return Object.hasOwn(current, flag) && current[flag] === value
}

function repeatedFlags(extraArgs: readonly string[] | string, dialect: EngineId): ReadonlySet<string> {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const { name, path } of parseFlags(tokenize(extraArgs).tokens, dialect).occurrences) {
    if (path.length > 0) continue
    if (seen.has(name)) repeated.add(name)
    seen.add(name)
  }
  return repeated
}
