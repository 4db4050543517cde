import { benchDownload, serveBenchHub } from './download'
import { benchEstimator } from './estimator'
import { benchGgufHeaders } from './gguf-headers'
import { benchLibraryScan } from './library-scan'
import { measureWindow } from './measure-window'
import { measure, type ReaderName, readerNames } from './readers'
import { benchRegistry, measureRegistryLoad } from './registry'
import { benchRemoteHeader } from './remote-header'
import { type BenchReport, printReport } from './table'
import { benchWindow } from './window'

/**
 * `npm run bench [-- NAME... --models N]`: measures against peers and targets. One module a bench, a line here each.
 * Exit status 1 when a target is missed.
 */
const benches: Readonly<Record<string, () => BenchReport | Promise<BenchReport>>> = {
  'gguf-headers': benchGgufHeaders,
  'library-scan': benchLibraryScan,
  'remote-header': benchRemoteHeader,
  download: benchDownload,
  estimator: benchEstimator,
  registry: benchRegistry,
  window: benchWindow,
}

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !Object.hasOwn(benches, name))
  if (unknown.length > 0) {
    process.stderr.write(`Unknown bench: ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}.\n`)
    return 2
  }
  let isMet = true
  for (const [name, bench] of Object.entries(benches)) {
    if (names.length > 0 && !names.includes(name)) continue
    const report = await bench()
    printReport(report)
    isMet &&= report.checks.every((check) => check.isMet)
  }
  return isMet ? 0 : 1
}

/** Child process of a bench: measures one reader on one file and prints the figures. */
async function measureOne([reader, path, peerEntry]: readonly string[]): Promise<number> {
  const name = readerNames.find((known): known is ReaderName => known === reader)
  if (name === undefined || path === undefined) return 2
  process.stdout.write(JSON.stringify(await measure(name, path, peerEntry)))
  return 0
}

async function measureRegistry(folder: string | undefined): Promise<number> {
  if (folder === undefined) return 2
  process.stdout.write(String(await measureRegistryLoad(folder)))
  return 0
}

async function run(args: readonly string[]): Promise<number> {
  switch (args[0]) {
    case '--measure':
      return measureOne(args.slice(1))
    case '--serve-hub':
      await serveBenchHub()
      return 0
    case '--measure-window':
      process.stdout.write(JSON.stringify(await measureWindow()))
      return 0
    case '--measure-registry':
      return measureRegistry(args[1])
    default:
      return main(args.filter((arg, index) => !arg.startsWith('--') && args[index - 1] !== '--models'))
  }
}

process.exitCode = await run(process.argv.slice(2))
