import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { inspectPath } from '../electron/node/library/inspect-path'
import { type AnswerKey, type FieldScore, scoreArchitecture, type Verdict } from './exam-score'

/** An entry of a key, with the extras of the other folders. */
interface ExamEntry extends AnswerKey {
  readonly file?: string
  readonly valid?: boolean
  readonly is_adapter?: boolean
}

interface Part {
  readonly folder: string
  /** What to inspect for an entry of this name. */
  target(name: string, entry: ExamEntry): string
  /** The thing itself has no architecture: any field is a fabrication. */
  isBare(entry: ExamEntry): boolean
}

const folderOf = (name: string, entry: ExamEntry): string => dirname(entry.file ?? name)
const parts: readonly Part[] = [
  { folder: 'hf-configs', target: (name) => name, isBare: () => false },
  { folder: 'gguf', target: (name) => name, isBare: () => false },
  { folder: 'safetensors', target: folderOf, isBare: (entry) => entry.is_adapter === true || entry.valid === false },
  { folder: 'quantize-configs', target: folderOf, isBare: () => false },
  { folder: 'adapters', target: folderOf, isBare: () => true },
]

export type Tally = Record<Verdict, number>

export interface ExamFolder {
  readonly folder: string
  readonly entries: number
  readonly fields: ReadonlyMap<string, Tally>
}

export interface ExamResult {
  readonly folders: readonly ExamFolder[]
  readonly total: Tally
  /** One line for everything that is not right. */
  readonly complaints: readonly string[]
}

/** Scores what the product extracts against every answer key below `dataDir`, through the door of the command line. */
export function runExam(dataDir: string): ExamResult {
  const complaints: string[] = []
  const total = emptyTally()
  const folders: ExamFolder[] = []
  for (const part of parts) {
    const keyFile = join(dataDir, part.folder, 'expected.json')
    if (!existsSync(keyFile)) continue
    const fields = new Map<string, Tally>()
    const keys = JSON.parse(readFileSync(keyFile, 'utf8')) as Record<string, ExamEntry> // our own answer keys
    for (const [name, entry] of Object.entries(keys)) {
      const architecture = inspect(join(dataDir, part.folder, part.target(name, entry)))
      const scores = [...scoreArchitecture(entry, architecture), ...(part.isBare(entry) ? scoreBare(architecture) : [])]
      for (const score of scores) {
        count(fields, total, score)
        if (score.verdict !== 'right') complaints.push(complaintOf(`${part.folder}/${name}`, score, architecture))
      }
    }
    folders.push({ folder: part.folder, entries: Object.keys(keys).length, fields })
  }
  return { folders, total, complaints }
}

function emptyTally(): Tally {
  return { right: 0, accepted: 0, wrong: 0, missing: 0 }
}

/** A refusal gives no field at all. */
function inspect(path: string): ArchitectureMetadata {
  const result = inspectPath({ path, collectedAt: '2026-01-01T00:00:00Z' })
  return result.ok ? result.value.architecture : { warnings: [`${result.error.code}: ${result.error.message}`] }
}

function scoreBare(architecture: ArchitectureMetadata): readonly FieldScore[] {
  const invented = Object.keys(architecture).filter((field) => field !== 'warnings' && field !== 'collected_at')
  const verdict = invented.length === 0 ? 'right' : 'wrong'
  return [{ field: 'nothing made up', verdict, needsDefault: false, expected: [], got: invented }]
}

function labelOf(score: FieldScore): string {
  return score.needsDefault ? `${score.field} (default)` : score.field
}

function count(fields: Map<string, Tally>, total: Tally, score: FieldScore): void {
  const tally = fields.get(labelOf(score)) ?? emptyTally()
  tally[score.verdict] += 1
  total[score.verdict] += 1
  fields.set(labelOf(score), tally)
}

function complaintOf(name: string, score: FieldScore, architecture: ArchitectureMetadata): string {
  const origin = architecture.field_sources?.[score.field] ?? architecture.warnings?.join(' | ') ?? ''
  const values = `expected ${JSON.stringify(score.expected)}, got ${JSON.stringify(score.got)}`
  return `${score.verdict.toUpperCase()} ${name} ${labelOf(score)}: ${values} (${origin})`
}
