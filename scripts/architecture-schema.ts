import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { architectureJsonSchema } from './json-schema'

/** `node scripts/run-ts.mjs scripts/architecture-schema.ts`: writes the JSON Schema of `metadata.architecture` for other programs. */
writeFileSync(join(process.cwd(), 'docs', 'formats', 'architecture.schema.json'), architectureJsonSchema())
