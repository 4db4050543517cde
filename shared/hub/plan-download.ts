import { fail, ok, type Result } from '#shared/domain/result'
import { groupVariants, type RepoFile, type Variant } from './variants'

/** What a person asked for. Nothing given: the only weights there are. */
export interface DownloadWish {
  /** Label of a variant, in any case. */
  readonly weights?: string
  /** Globs over paths: `*` within a folder, `**` across, `?` one character. Given, they alone decide. */
  readonly include?: readonly string[]
}

export interface DownloadPlan {
  readonly files: readonly RepoFile[]
  readonly bytes: number
  /** The weights chosen; absent when only other files are fetched. */
  readonly variant?: Variant
}

/**
 * Files to fetch for a wish. Weights come with the small files every variant needs, a GGUF with one projector.
 * Errors: AMBIGUOUS (several variants, none named: lists them), NOT_FOUND (no such variant, nothing matches).
 */
export function planDownload(files: readonly RepoFile[], wish: DownloadWish): Result<DownloadPlan> {
  const contents = groupVariants(files)
  if (wish.include !== undefined && wish.include.length > 0) return byGlobs(files, wish.include, contents.variants)
  const variant = chooseVariant(contents.variants, wish.weights)
  if (!variant.ok) return variant
  const projector = variant.value.format === 'gguf' ? preferredProjector(contents.projectors) : undefined
  const chosen = [...variant.value.files, ...(projector === undefined ? [] : [projector]), ...contents.companions]
  return ok({ files: chosen, bytes: sum(chosen), variant: variant.value })
}

function chooseVariant(variants: readonly Variant[], label: string | undefined): Result<Variant> {
  if (label !== undefined) {
    const named = variants.find((variant) => variant.label.toLowerCase() === label.toLowerCase())
    if (named !== undefined) return ok(named)
    return fail('NOT_FOUND', `This repository has no weights called "${label}".`, {
      hint: `It has ${listed(variants)}.`,
    })
  }
  const distinct = variants.filter((variant) => variant.duplicateOf === undefined)
  const [only, ...others] = distinct
  if (only === undefined) {
    return fail('NOT_FOUND', 'This repository holds no weights that are known here.', {
      hint: 'Choose files with --include.',
    })
  }
  if (others.length === 0) return ok(only)
  return fail('AMBIGUOUS', `This repository holds ${distinct.length} sets of weights.`, {
    hint: `Choose one with --weights: ${listed(distinct)}.`,
  })
}

function listed(variants: readonly Variant[]): string {
  const labels = variants.map((variant) => variant.label)
  return labels.length > 12 ? `${labels.slice(0, 12).join(', ')} and ${labels.length - 12} more` : labels.join(', ')
}

/** F16 is what the projector was trained near and what llama.cpp's own tools write; smaller ones are a choice. */
function preferredProjector(projectors: readonly RepoFile[]): RepoFile | undefined {
  const ranked = ['f16', 'bf16', 'f32']
  const found = ranked.map((type) =>
    projectors.find(({ path }) => new RegExp(`(?:^|[-_.])${type}(?:[-_.])`, 'i').test(path)),
  )
  return found.find((file) => file !== undefined) ?? projectors[0]
}

function byGlobs(
  files: readonly RepoFile[],
  globs: readonly string[],
  variants: readonly Variant[],
): Result<DownloadPlan> {
  const tests = globs.map(globTest)
  const chosen = files.filter(({ path }) => tests.some((test) => test.test(path)))
  if (chosen.length === 0)
    return fail('NOT_FOUND', `No file matches ${globs.join(', ')}.`, { hint: 'Look at the listing first.' })
  const paths = new Set(chosen.map(({ path }) => path))
  const whole = variants.filter((variant) => variant.files.every(({ path }) => paths.has(path)))
  const [variant] = whole.length === 1 ? whole : []
  return ok({ files: chosen, bytes: sum(chosen), ...(variant !== undefined && { variant }) })
}

function globTest(glob: string): RegExp {
  const pattern = glob.replace(/\*\*\/?|[*?]|[.+^${}()|[\]\\]/g, (found) => {
    if (found.startsWith('**')) return '.*'
    if (found === '*') return glob.includes('/') ? '[^/]*' : '.*'
    return found === '?' ? '[^/]' : `\\${found}`
  })
  return new RegExp(`^${pattern}$`, 'i')
}

function sum(files: readonly RepoFile[]): number {
  return files.reduce((total, file) => total + file.bytes, 0)
}
