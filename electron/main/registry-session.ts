import { ok, type Result } from '#shared/domain/result'
import { ensureOwnRegistry } from '../node/library/own-registry'
import { type ScanReport, scanFolder } from '../node/library/scan-folder'
import { findMetricsLog } from '../node/metrics/metrics-log'
import type { RegistryService } from '../node/registry/registry-service'
import { sampleRegistryPath } from '../node/sample/write-sample-library'
import type { Services } from '../node/services'
import { watchMetrics } from './watch-metrics'

/** The registry that the window works on: opened once, watched, and replaced when the user chooses another. */
export interface RegistrySession {
  current(): Promise<Result<RegistryService>>
  /** Makes a path the registry and remembers it, but only when it can be opened. */
  choose(path: string): Promise<Result<RegistryService>>
  useSample(): Promise<Result<RegistryService>>
  isSample(registry: RegistryService): boolean
  /** Registers the models of a folder in a registry of the app's own and opens that. */
  scanFolder(path: string): Promise<Result<ScanReport>>
  close(): void
}

/** `onChange`: another program wrote the registry. `onMetrics`: the metrics log grew. */
export function createRegistrySession(
  services: Services,
  onChange: (revision: string) => void,
  onMetrics?: () => void,
): RegistrySession {
  let opened: RegistryService | undefined
  let opening: Promise<Result<RegistryService>> | undefined
  let stopWatching = (): void => {}

  function watchAll(registry: RegistryService): () => void {
    const stopFiles = registry.watch(onChange)
    if (onMetrics === undefined) return stopFiles
    const stopLog = watchMetrics({ find: () => findMetricsLog(registry.location, services.world) }, onMetrics)
    return () => {
      stopFiles()
      stopLog()
    }
  }

  function adopt(result: Result<RegistryService>): Result<RegistryService> {
    if (!result.ok) return result
    stopWatching()
    opened = result.value
    stopWatching = watchAll(opened)
    return result
  }

  return {
    async current() {
      if (opened !== undefined) return ok(opened)
      // Several calls arrive at start; they share one opening.
      opening ??= services.openRegistry().then(adopt)
      const result = await opening
      opening = undefined
      return result
    },
    async choose(path) {
      const found = await services.openRegistry(path)
      if (!found.ok) return found
      const readable = await found.value.load()
      if (!readable.ok) return readable
      const saved = await services.settings.update({ registry_path: path })
      return saved.ok ? adopt(found) : saved
    },
    async useSample() {
      return adopt(await services.useSampleLibrary())
    },
    isSample: (registry) => registry.location.path === sampleRegistryPath(services.world),
    async scanFolder(root) {
      const folder = await ensureOwnRegistry(services.world)
      if (!folder.ok) return folder
      const registry = await services.openRegistry(folder.value)
      if (!registry.ok) return registry
      const scanned = await scanFolder({ registry: registry.value, inspector: services.inspector }, root)
      if (!scanned.ok) return scanned
      const saved = await services.settings.update({ registry_path: folder.value })
      if (!saved.ok) return saved
      adopt(registry)
      return scanned
    },
    close() {
      stopWatching()
      stopWatching = () => {}
    },
  }
}
