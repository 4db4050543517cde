import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { type JsonObject } from '#shared/domain/json'
import { inspectPath } from '../electron/node/library/inspect-path'
import { type AnswerKey, type FieldScore, scoreArchitecture, type Verdict } from './exam-score'

/**
 * `npm run exam [DATA_DIR]`: what the product extracts, scored against the answer keys beside the checkout, through the
 * same door as the command line. Prints per field right / accepted / wrong / missing and lists what is not right.
 * Exit status 1 when a value is wrong.
 */
const dataDir = process.argv[2] ?? join(process.cwd(), '..', 'shared', 'data')

/** An entry of a key, with the extras of the other folders. */
interface ExamEntry extends AnswerKey {
  readonly file?: string
  readonly valid?: boolean
  readonly is_adapter?: boolean
  readonly facts?: JsonObject
}

interface Part {
  readonly folder: string
  /** What to inspect for an entry of this name. */
  target(name: string, entry: ExamEntry): string
  /** The thing itself has no architecture: any field is a fabrication. */
  isBare(entry: ExamEntry): boolean
}

const parts: readonly Part[] = [
  { folder: 'hf-configs', target: (name) => name, isBare: () => false },
  { folder: 'gguf', target: (name) => name, isBare: () => false },
  {
    folder: 'safetensors',
    target: (name, entry) => dirname(entry.file ?? name),
    isBare: (entry) => entry.is_adapter === true || entry.valid === false,
  },
  { folder: 'quantize-configs', target: (name, entry) => dirname(entry.file ?? name), isBare: () => false },
  { folder: 'adapters', target: (name, entry) => dirname(entry.file ?? name), isBare: () => true },
]

type Row = Record<Verdict, number>
const emptyRow = (): Row => ({ right: 0, accepted: 0, wrong: 0, missing: 0 })
const complaints: string[] = []
const total = emptyRow()

for (const part of parts) runPart(part)
for (const complaint of complaints) console.log(complaint)
console.log(`TOTAL ${show(total)}`)
process.exitCode = total.wrong > 0 ? 1 : 0

function runPart(part: Part): void {
  const keyFile = join(dataDir, part.folder, 'expected.json')
  if (!existsSync(keyFile)) {
    console.log(`${part.folder}: no answer key at ${keyFile}, skipped`)
    return
  }
  const rows = new Map<string, Row>()
  const keys = JSON.parse(readFileSync(keyFile, 'utf8')) as Record<string, ExamEntry> // our own answer keys
  for (const [name, entry] of Object.entries(keys)) {
    const architecture = inspect(join(dataDir, part.folder, part.target(name, entry)))
    const scores = [...scoreArchitecture(entry, architecture), ...(part.isBare(entry) ? scoreBare(architecture) : [])]
    for (const score of scores) record(rows, `${part.folder}/${name}`, { score, architecture })
  }
  console.log(`\n${part.folder}: ${Object.keys(keys).length} entries`)
  for (const [field, row] of [...rows].toSorted(([a], [b]) => a.localeCompare(b)))
    console.log(`  ${field.padEnd(46)} ${show(row)}`)
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

function record(
  rows: Map<string, Row>,
  name: string,
  found: { readonly score: FieldScore; readonly architecture: ArchitectureMetadata },
): void {
  const { score, architecture } = found
  const label = score.needsDefault ? `${score.field} (default)` : score.field
  const row = rows.get(label) ?? emptyRow()
  row[score.verdict] += 1
  total[score.verdict] += 1
  rows.set(label, row)
  if (score.verdict === 'right' || score.verdict === 'accepted') return
  const origin = architecture.field_sources?.[score.field] ?? architecture.warnings?.join(' | ') ?? ''
  complaints.push(
    `${score.verdict.toUpperCase()} ${name} ${label}: expected ${JSON.stringify(score.expected)}, got ${JSON.stringify(score.got)} (${origin})`,
  )
}

function show(row: Row): string {
  return `right ${row.right}  accepted ${row.accepted}  wrong ${row.wrong}  missing ${row.missing}`
}
