import { type Lookup, type LookupVariant } from '#shared/ipc/downloads'
import { shellCommand } from '#shared/launch-args/shell-quote'
import { foreignText } from '../../format/foreign-text'
import { formatSize, plural } from '../../format/numbers'
import { type HeaderState } from '../../stores/downloads-lookup'

/** Words about the repository: revision, licence, access. */
export function lookupNote({ commit, licence, refused }: Lookup): string {
  return [
    `revision ${commit.slice(0, 8)}`,
    licence === undefined ? 'no licence stated' : foreignText(licence, 60),
    ...(refused > 0 ? [`${plural(refused, 'file')} with unsafe names left out`] : []),
    'only headers are read, nothing is downloaded',
  ].join(' · ')
}

export interface VariantGroup {
  readonly format: LookupVariant['format']
  readonly title: string
  /** What runs it, what comes with it. */
  readonly note: string
  readonly variants: readonly LookupVariant[]
}

const GROUPS = [
  { format: 'gguf', title: 'GGUF', engine: 'runs on llama.cpp and Ollama' },
  { format: 'safetensors', title: 'safetensors', engine: 'runs on vLLM' },
  { format: 'pytorch', title: 'PyTorch', engine: 'an older format; runs on vLLM' },
] as const

/** Variants by what runs them; the order inside a group is that of the listing. */
export function variantGroups({ variants }: Pick<Lookup, 'variants'>): readonly VariantGroup[] {
  return GROUPS.flatMap(({ format, title, engine }) => {
    const own = variants.filter((variant) => variant.format === format)
    if (own.length === 0) return []
    const [projector] = own.flatMap((variant) => (variant.projector === undefined ? [] : [variant.projector]))
    const count = plural(own.length, format === 'gguf' ? 'quantisation' : 'set of weights', pluralOf(format))
    const vision =
      projector === undefined ? [] : [`${foreignText(baseName(projector), 60)} comes with each, for images`]
    return [{ format, title, note: [count, engine, ...vision].join(' · '), variants: own }]
  })
}

function pluralOf(format: LookupVariant['format']): string {
  return format === 'gguf' ? 'quantisations' : 'sets of weights'
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** One file by its name, several by their number. */
export function filesText({ files }: Pick<LookupVariant, 'files'>): string {
  const [only] = files
  if (files.length === 1 && only !== undefined) return foreignText(only, 80)
  const isSharded = files.every((file) => /-\d{5}-of-\d{5}\./.test(file))
  return plural(files.length, isSharded ? 'shard' : 'file')
}

export interface ReadingView {
  readonly read: number
  readonly failed: number
  readonly total: number
}

/** How far the reading of headers has come; copies of other weights are not read. */
export function readingOf({ variants }: Lookup, headers: Readonly<Record<string, HeaderState>>): ReadingView {
  const wanted = variants.filter(({ duplicate_of: copy }) => copy === undefined)
  const phases = wanted.map(({ label }) => headers[label]?.phase)
  return {
    read: phases.filter((phase) => phase === 'ready' || phase === 'failed').length,
    failed: phases.filter((phase) => phase === 'failed').length,
    total: wanted.length,
  }
}

export interface Room {
  readonly text: string
  readonly fits: boolean
}

/** Is there room for what is ticked? Words for the footer. */
export function roomFor(lookup: Lookup, neededBytes: number): Room {
  const { folder_label: folder, free_bytes: free, queued_bytes: queued = 0 } = lookup
  const place = `To ${foreignText(folder, 120)}`
  if (free === undefined) return { text: `${place}: ${formatSize(neededBytes)}`, fits: true }
  const left = free - neededBytes
  if (left >= 0) {
    const after = queued > 0 ? 'free after the queue' : 'free afterwards'
    return { text: `${place}: ${formatSize(neededBytes)}, ${formatSize(left)} ${after}`, fits: true }
  }
  const taken = queued > 0 ? `, after ${formatSize(queued)} for the queue` : ''
  return {
    text: `${place}: ${formatSize(neededBytes)}, but only ${formatSize(Math.max(0, free))} are free${taken}. Free ${formatSize(-left)}, choose a smaller variant, or another folder.`,
    fits: false,
  }
}

export interface CommandWish {
  readonly labels: readonly string[]
  /** Single files; given, they stand instead of labels. */
  readonly files: readonly string[]
  readonly withArchitecture: boolean
  readonly endpoint: string
  readonly support: string
  /** Missing files are placed, not only read. */
  readonly placesSupport: boolean
}

/** The same downloads as commands for a terminal. */
export function downloadCommands({ repository, commit }: Lookup, wish: CommandWish): string {
  const more = [
    ...(wish.withArchitecture ? [] : ['--no-architecture']),
    ...(wish.support === '' ? [] : ['--support-repo', wish.support]),
    ...(wish.support !== '' && wish.placesSupport ? ['--support-files', 'config,tokenizer'] : []),
    ...(wish.endpoint.trim() === '' ? [] : ['--endpoint', wish.endpoint.trim()]),
  ]
  const choices =
    wish.files.length > 0
      ? [wish.files.flatMap((file) => ['--include', file])]
      : wish.labels.map((label) => ['--weights', label])
  return choices
    .map((choice) => ['headroom', 'download', `${repository}@${commit}`, ...choice, ...more])
    .map((words) => shellCommand(words))
    .join(' && ')
}
