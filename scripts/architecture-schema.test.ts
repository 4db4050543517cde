import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { architectureFields } from '#shared/domain/architecture'
import { architectureJsonSchema } from './json-schema'

const formats = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs', 'formats')

it('keeps the published JSON Schema equal to the one the program checks with', () => {
  expect(JSON.parse(readFileSync(join(formats, 'architecture.schema.json'), 'utf8'))).toEqual(
    JSON.parse(architectureJsonSchema()),
  )
})

it('describes every field in the reference', () => {
  const reference = readFileSync(join(formats, 'architecture.md'), 'utf8')
  expect(architectureFields.filter((field) => !reference.includes(`\`${field}\``))).toEqual([])
})
