import { fail, ok, type Result } from '#shared/domain/result'
import { type FlagValues } from '#shared/estimator/request'
import { type FlagDialect } from './catalogue'
import { effectiveFlags } from './effective-flags'
import { composeService, systemdUnit } from './export-files'
import { type Shell, shellCommand } from './shell-quote'
import { tokenize } from './tokenize'

export const exportKinds = [
  'vllm-serve',
  'llama-server',
  'docker-compose',
  'systemd',
  'modelfile',
  'ollama-environment',
  'ollama-request',
] as const
export type ExportKind = (typeof exportKinds)[number]

export interface ExportRequest {
  readonly kind: ExportKind
  /** Entry name, for comments and service names. */
  readonly name: string
  readonly dialect: FlagDialect
  /** What the engine loads: a path, a repository id, or an Ollama tag. */
  readonly model: string
  readonly extraArgs: readonly string[] | string
  readonly port?: number
  /** Shell of a command line; POSIX unless said otherwise. */
  readonly shell?: Shell
}

/** A text to copy or to write to a file the user picks. */
export interface ExportedText {
  /** Name under which it is offered for saving. */
  readonly fileName: string
  readonly text: string
  /** What could not be carried over. */
  readonly warnings: readonly string[]
}

/** The kinds that make sense for an engine, most useful first. */
export function exportKindsFor(dialect: FlagDialect): readonly ExportKind[] {
  switch (dialect) {
    case 'vllm':
      return ['vllm-serve', 'docker-compose', 'systemd']
    case 'llama.cpp':
      return ['llama-server', 'docker-compose', 'systemd']
    case 'ollama':
      return ['modelfile', 'ollama-environment', 'ollama-request']
  }
}

/** The launch settings of a model in another program's form. Pure. BAD_VALUE when the kind does not fit the engine. */
export function exportLaunch(request: ExportRequest): Result<ExportedText> {
  const { kind, dialect } = request
  if (!exportKindsFor(dialect).includes(kind)) {
    return fail('BAD_VALUE', `"${kind}" does not fit an entry for ${dialect}.`, {
      hint: `Choose one of: ${exportKindsFor(dialect).join(', ')}.`,
    })
  }
  switch (kind) {
    case 'vllm-serve':
    case 'llama-server':
      return ok(commandExport(request))
    case 'docker-compose':
      return ok(composeService(request, engineWords(request)))
    case 'systemd':
      return ok(systemdUnit(request, engineWords(request)))
    case 'modelfile':
      return ok(modelfile(request))
    case 'ollama-environment':
      return ok(ollamaEnvironment(request))
    case 'ollama-request':
      return ok(ollamaRequest(request))
  }
}

/** The command that starts the engine, word by word. */
export function engineWords({ dialect, model, extraArgs, port }: ExportRequest): readonly string[] {
  const own = tokenize(extraArgs).tokens.map((token) => token.text)
  const hasPort = Object.hasOwn(effectiveFlags(extraArgs, dialect), 'port')
  const atPort = port !== undefined && port > 0 && !hasPort ? ['--port', String(port)] : []
  if (dialect === 'llama.cpp') return ['llama-server', '-m', model, ...atPort, ...own]
  // the model is the first argument of `serve`; a flag before it could swallow it
  return ['vllm', 'serve', model, ...atPort, ...own]
}

function commandExport(request: ExportRequest): ExportedText {
  const shell = request.shell ?? 'sh'
  const command = shellCommand(engineWords(request), shell)
  const extension = shell === 'powershell' ? 'ps1' : 'sh'
  return { fileName: `${fileStem(request.name)}.${extension}`, text: `${command}\n`, warnings: [] }
}

interface OllamaSetting {
  readonly flag: string
  readonly parameter?: string
  readonly variable?: string
}

const OLLAMA_SETTINGS: readonly OllamaSetting[] = [
  { flag: 'num-ctx', parameter: 'num_ctx', variable: 'OLLAMA_CONTEXT_LENGTH' },
  { flag: 'gpu-layers', parameter: 'num_gpu' },
  { flag: 'batch-size', parameter: 'num_batch' },
  { flag: 'num-parallel', variable: 'OLLAMA_NUM_PARALLEL' },
  { flag: 'cache-type-k', variable: 'OLLAMA_KV_CACHE_TYPE' },
  { flag: 'flash-attn', variable: 'OLLAMA_FLASH_ATTENTION' },
]

function modelfile({ name, model, extraArgs }: ExportRequest): ExportedText {
  const flags = effectiveFlags(extraArgs, 'ollama')
  const parameters = settings(flags, 'parameter').filter(({ value }) => isInteger(value))
  const lines = parameters.map(({ target, value }) => `PARAMETER ${target} ${value}`)
  const text = [`FROM ${oneLine(ollamaTag(model))}`, ...lines, ''].join('\n')
  const how = [`Create it with: ollama create ${ollamaName(name)} -f Modelfile`]
  return { fileName: 'Modelfile', text, warnings: [...how, ...notCarried(flags, 'parameter')] }
}

function ollamaEnvironment({ name, extraArgs, shell = 'sh' }: ExportRequest): ExportedText {
  const flags = effectiveFlags(extraArgs, 'ollama')
  const lines = settings(flags, 'variable').map(({ target, value }) => {
    const text = target === 'OLLAMA_FLASH_ATTENTION' ? (value === 'off' || value === 'false' ? '0' : '1') : value
    const quoted = `'${text.replaceAll("'", shell === 'sh' ? `'\\''` : "''")}'`
    return shell === 'powershell' ? `$env:${target} = ${quoted}` : `export ${target}=${quoted}`
  })
  const extension = shell === 'powershell' ? 'ps1' : 'env.sh'
  const warnings = ['These hold for the Ollama server and all its models.', ...notCarried(flags, 'variable')]
  return { fileName: `${fileStem(name)}.${extension}`, text: `${lines.join('\n')}\n`, warnings }
}

function ollamaRequest({ name, model, extraArgs }: ExportRequest): ExportedText {
  const flags = effectiveFlags(extraArgs, 'ollama')
  const numbers = settings(flags, 'parameter').filter(({ value }) => isInteger(value))
  const options = Object.fromEntries(numbers.map(({ target, value }) => [target, Number(value)]))
  const text = `${JSON.stringify({ model: ollamaTag(model), prompt: '', options }, null, 2)}\n`
  return { fileName: `${fileStem(name)}.request.json`, text, warnings: notCarried(flags, 'parameter') }
}

function settings(flags: FlagValues, side: 'parameter' | 'variable'): { target: string; value: string }[] {
  return OLLAMA_SETTINGS.flatMap((setting) => {
    const target = setting[side]
    const value = Object.hasOwn(flags, setting.flag) ? flags[setting.flag] : undefined
    return target === undefined || value === undefined ? [] : [{ target, value: value === true ? 'on' : value }]
  })
}

function notCarried(flags: FlagValues, side: 'parameter' | 'variable'): string[] {
  const carried = new Set(OLLAMA_SETTINGS.filter((one) => one[side] !== undefined).map((one) => one.flag))
  return Object.keys(flags)
    .filter((name) => !carried.has(name))
    .map((name) => `--${name} cannot be said in this form and is left out.`)
}

function isInteger(text: string): boolean {
  return /^-?\d+$/.test(text)
}

/** `ollama:/tag`, `ollama://tag` and `ollama:tag` all mean the tag. */
function ollamaTag(model: string): string {
  return model.replace(/^ollama:\/{0,2}/, '')
}

function ollamaName(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'model'
  )
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ')
}

/** A file name out of an entry name: nothing that any system reads as a path or a device. */
export function fileStem(name: string): string {
  const stem = name
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 80)
  return /^(con|prn|aux|nul|com\d|lpt\d)?$/i.test(stem) ? `model-${stem}` : stem
}
