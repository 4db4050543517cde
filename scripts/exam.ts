import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { extractArchitecture } from '#shared/architecture/extract-architecture'
import { type RawDocument, type RawSources } from '#shared/architecture/raw'
import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { type AnswerKey, type FieldScore, scoreArchitecture } from './exam-score'

/**
 * `npm run exam [folder...]`: scores what the product extracts against the answer keys beside the checkout.
 * Exit status 1 when a value is wrong.
 */
const dataDir = join(process.cwd(), '..', 'shared', 'data')

function readJson(directory: string, file: string): RawDocument | undefined {
  const path = join(directory, file)
  return existsSync(path)
    ? { file, json: JSON.parse(readFileSync(path, 'utf8').replace(/\bInfinity\b|\bNaN\b/g, 'null')) }
    : undefined
}

function rawOf(directory: string): RawSources {
  const one = (key: keyof RawSources, file: string): Partial<RawSources> => {
    const document = readJson(directory, file)
    return document === undefined ? {} : { [key]: document }
  }
  const side = readdirSync(directory)
    .filter((file) => /^(?:quantize_config|quant_config|hf_quant_config)\.json$/.test(file))
    .map((file) => readJson(directory, file))
    .filter((document) => document !== undefined)
  return {
    ...one('config', 'config.json'),
    ...one('visionConfig', 'vision_config.json'),
    ...one('generationConfig', 'generation_config.json'),
    ...one('adapterConfig', 'adapter_config.json'),
    ...(side.length === 0 ? {} : { quantizationConfigs: side }),
  }
}

interface Row {
  right: number
  accepted: number
  wrong: number
  missing: number
}

const totals = new Map<string, Row>()
const complaints: string[] = []

function record(name: string, scores: readonly FieldScore[], architecture: ArchitectureMetadata): void {
  for (const score of scores) {
    const label = score.needsDefault ? `${score.field} (default)` : score.field
    const row = totals.get(label) ?? { right: 0, accepted: 0, wrong: 0, missing: 0 }
    row[score.verdict] += 1
    totals.set(label, row)
    if (score.verdict === 'right' || score.verdict === 'accepted') continue
    const origin = architecture.field_sources?.[score.field] ?? ''
    complaints.push(
      `${score.verdict.toUpperCase()} ${name} ${label}: expected ${JSON.stringify(score.expected)}, got ${JSON.stringify(score.got)} ${origin}`,
    )
  }
}

const keys = JSON.parse(readFileSync(join(dataDir, 'hf-configs', 'expected.json'), 'utf8')) as Record<string, AnswerKey> // our own answer keys
for (const [name, key] of Object.entries(keys)) {
  const architecture = extractArchitecture(rawOf(join(dataDir, 'hf-configs', name)))
  record(name, scoreArchitecture(key, architecture), architecture)
}
const sum: Row = { right: 0, accepted: 0, wrong: 0, missing: 0 }
for (const [field, row] of [...totals].toSorted(([a], [b]) => a.localeCompare(b))) {
  console.log(
    `${field.padEnd(48)} right ${row.right}  accepted ${row.accepted}  wrong ${row.wrong}  missing ${row.missing}`,
  )
  for (const verdict of ['right', 'accepted', 'wrong', 'missing'] as const) sum[verdict] += row[verdict]
}
for (const complaint of complaints) console.log(complaint)
console.log(`TOTAL right ${sum.right}  accepted ${sum.accepted}  wrong ${sum.wrong}  missing ${sum.missing}`)
process.exitCode = sum.wrong > 0 ? 1 : 0
