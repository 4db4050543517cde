import { type LogFindings, type LogReader } from './log-reader'
import { isSameModel } from './same-model'

/** `service-1  | ` of docker compose, coloured or not. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what colours it
const SERVICE = /^(?:\x1b\[[0-9;]*m)*([\w.-]{1,100})\s*\|(?:\x1b\[[0-9;]*m)* /
/** Other programs write their level or the date in that place. */
const NO_SERVICE = /^(?:trace|debug|info|notice|warn|warning|error|critical|fatal|success|[\d.-]+)$/i
const MOST_SERVICES = 64

/**
 * Reads the services of a log apart, each with a reader of its own. Lines without a service (progress bars lose it, and
 * most logs have none) belong to the first one.
 */
export function createServiceReader(create: () => LogReader, wanted: string | undefined): LogReader {
  const first: ServiceReader = { service: '', reader: create() }
  const others = new Map<string, LogReader>()
  const readerOf = (raw: string): LogReader => {
    const service = serviceOf(raw)
    if (first.service === '') first.service = service
    if (service === '' || service === first.service) return first.reader
    const known = others.get(service)
    if (known !== undefined) return known
    if (others.size >= MOST_SERVICES) return first.reader
    const reader = create()
    others.set(service, reader)
    return reader
  }
  const all = (): readonly ServiceReader[] => [first, ...[...others].map(([service, reader]) => ({ service, reader }))]
  return {
    add: (raw) => readerOf(raw).add(raw),
    addLast: (raw) => readerOf(raw).addLast(raw),
    get isSettled() {
      if (others.size === 0) return first.reader.isSettled
      const named = all().filter(({ service }) => isSameModel(service, wanted))
      return (named.length > 0 ? named : all()).some(({ reader }) => reader.isSettled)
    },
    findings: () =>
      choose(
        all().map(({ service, reader }) => ({ service, findings: reader.findings() })),
        wanted,
      ),
  }
}

interface ServiceReader {
  service: string
  readonly reader: LogReader
}

function serviceOf(raw: string): string {
  const text = raw.includes('\0') ? raw.slice(0, 300).replaceAll('\0', '') : raw
  const name = SERVICE.exec(text)?.[1] ?? ''
  return NO_SERVICE.test(name) ? '' : name
}

interface ServiceFindings {
  readonly service: string
  readonly findings: LogFindings
}

/** The service that was asked for, by the model in its log or by its own name; else the last one that tells most. */
function choose(found: readonly ServiceFindings[], wanted: string | undefined): LogFindings {
  const rank = ({ service, findings }: ServiceFindings): number => {
    const named = findings.isWanted === true ? 8 : isSameModel(service, wanted) ? 4 : 0
    const told = findings.start !== undefined ? 2 : findings.failure !== undefined ? 1 : 0
    return told === 0 ? 0 : named + told
  }
  const best = found.reduce<ServiceFindings | undefined>(
    (kept, one) => (kept === undefined || rank(one) >= rank(kept) ? one : kept),
    undefined,
  )
  if (best !== undefined && rank(best) > 0) return best.findings
  return found.find(({ findings }) => findings.stranger !== undefined)?.findings ?? best?.findings ?? {}
}
