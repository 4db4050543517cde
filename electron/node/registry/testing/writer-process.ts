import { ok } from '#shared/domain/result'
import { createRegistryService } from '../create-registry-service'
import { locateRegistry } from '../locate-registry'

/**
 * A program of its own that adds 1 to `counter` of the first entry again and again and says so on stdout after each
 * acknowledged change: `writer-process REGISTRY DATA TIMES KEY`. Run by the process tests.
 */
const [path = '', dataDir = '', times = '0', key = 'counter'] = process.argv.slice(2)
const location = await locateRegistry(path)
if (!location.ok) throw new Error(location.error.message)
const registry = createRegistryService({ location: location.value, dataDir, now: () => new Date() })
for (let turn = 0; turn < Number(times); turn += 1) {
  const done = await registry.change({
    description: `add 1 to ${key}`,
    backup: false,
    plan: ([entry]) => {
      const held = entry?.value[key]
      return ok([{ id: entry?.id ?? '', edits: [{ path: [key], value: (typeof held === 'number' ? held : 0) + 1 }] }])
    },
  })
  if (!done.ok) {
    console.error(`${done.error.code}: ${done.error.message}`)
    process.exit(1)
  }
  console.log(String(done.value.snapshot.entries[0]?.value[key]))
}
