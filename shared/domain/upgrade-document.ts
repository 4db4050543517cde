import { type JsonObject, ownValue } from './json'
import { fail, ok, type Result } from './result'

/** One version of a document of our own, and the way from each earlier one: `steps[0]` leads from schema 1 to 2. */
export interface DocumentFormat {
  readonly schema: number
  /** Pure, one schema each, in order; keys they do not know stay. A throw or a failure leaves everything as it was. */
  readonly steps: readonly ((document: JsonObject) => Result<JsonObject>)[]
}

export interface UpgradedDocument {
  readonly document: JsonObject
  /** The schema that was read, when it was an older one. */
  readonly from?: number
}

/** Schema of a document; one that does not say is of the first. */
export function schemaOf(document: JsonObject): number {
  const schema = ownValue(document, 'schema')
  return typeof schema === 'number' && Number.isInteger(schema) && schema > 0 ? schema : 1
}

/**
 * Brings an older document to the present schema, step by step; the present one and newer ones come back as they are,
 * so doing it again changes nothing. BAD_VALUE when a step cannot be made: the caller writes nothing then.
 */
export function upgradeDocument(document: JsonObject, { schema, steps }: DocumentFormat): Result<UpgradedDocument> {
  const from = schemaOf(document)
  if (from >= schema) return ok({ document })
  let current = document
  for (let version = from; version < schema; version += 1) {
    const next = stepFrom(steps[version - 1], current)
    if (!next.ok) {
      return fail('BAD_VALUE', `The step from version ${version} to ${version + 1} failed: ${next.error.message}`, {
        hint: 'Nothing was changed. Please report this with a copy of the file.',
      })
    }
    current = { ...next.value, schema: version + 1 }
  }
  return ok({ document: current, from })
}

function stepFrom(step: DocumentFormat['steps'][number] | undefined, document: JsonObject): Result<JsonObject> {
  if (step === undefined) return fail('INTERNAL', 'there is no such step')
  try {
    return step(document)
  } catch (error) {
    // a bug of a step must not cost the file: it counts as a step that cannot be made
    return fail('INTERNAL', error instanceof Error ? error.message : String(error))
  }
}
