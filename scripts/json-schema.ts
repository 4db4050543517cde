import { z } from 'zod'
import { architectureSchema } from '#shared/domain/architecture'

/** JSON Schema (2020-12) of `metadata.architecture`, generated from the schema that the program itself checks with. */
export function architectureJsonSchema(): string {
  const schema = z.toJSONSchema(architectureSchema, { io: 'input' })
  return `${JSON.stringify({ title: 'metadata.architecture of a registry entry', ...schema }, null, 2)}\n`
}
