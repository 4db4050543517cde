import { type Gpu } from '#shared/domain/hardware'
import { MIB } from '#shared/domain/units'

/** Columns asked for, in this order; the name is last because it alone can hold a comma. */
export const gpuColumns = ['index', 'uuid', 'memory.total', 'memory.used', 'memory.free'] as const
export const processColumns = ['gpu_uuid', 'pid', 'used_memory', 'process_name'] as const

export interface ParsedGpus {
  readonly gpus: readonly Gpu[]
  /** Cards that are there but cannot be counted, and why. */
  readonly unusable: readonly { readonly name: string; readonly because: string }[]
  /** Lines that are not a row of the table. */
  readonly garbageLines: number
}

/**
 * Reads `index, uuid, total, used, free[, mig mode], name` rows (`--format=csv,noheader,nounits`, MiB). A card whose
 * figures are not whole numbers (unified memory, missing permission) or that is cut into MIG slices is unusable here.
 */
export function parseGpuRows(
  text: string,
  withMig: boolean,
): ParsedGpus & { readonly uuids: ReadonlyMap<string, number> } {
  const gpus: Gpu[] = []
  const unusable: { name: string; because: string }[] = []
  const uuids = new Map<string, number>()
  let garbageLines = 0
  for (const line of text.split(/\r?\n/).filter((one) => one.trim() !== '')) {
    const cells = line.split(',').map((cell) => cell.trim())
    const [index = '', uuid = '', total = '', used = '', free = '', ...rest] = cells
    const mig = withMig ? rest.shift() : undefined
    const name = rest.join(', ')
    const ordinal = whole(index)
    if (ordinal === undefined || name === '') {
      garbageLines += 1
      continue
    }
    const [totalMib, usedMib, freeMib] = [whole(total), whole(used), whole(free)]
    if (mig === 'Enabled') unusable.push({ name, because: 'it is cut into MIG slices' })
    else if (totalMib === undefined || totalMib === 0 || usedMib === undefined || freeMib === undefined) {
      unusable.push({ name, because: 'the driver does not state its memory' })
    } else {
      uuids.set(uuid, gpus.length)
      gpus.push({
        index: ordinal,
        name,
        total_bytes: totalMib * MIB,
        used_bytes: usedMib * MIB,
        free_bytes: freeMib * MIB,
      })
    }
  }
  return { gpus, unusable, garbageLines, uuids }
}

/** Adds the processes of `gpu uuid, pid, used, name` rows to their cards; rows that do not parse are left out. */
export function addProcesses(gpus: readonly Gpu[], uuids: ReadonlyMap<string, number>, text: string): readonly Gpu[] {
  const found = gpus.map((gpu) => ({ ...gpu, processes: [] as NonNullable<Gpu['processes']> }))
  for (const line of text.split(/\r?\n/)) {
    const [uuid = '', pid = '', used = '', ...name] = line.split(',').map((cell) => cell.trim())
    const gpu = found[uuids.get(uuid) ?? -1]
    const number = whole(pid)
    if (gpu === undefined || number === undefined) continue
    const usedMib = whole(used)
    const bytes = usedMib === undefined ? {} : { used_bytes: usedMib * MIB }
    gpu.processes.push({ pid: number, name: name.join(', '), ...bytes })
  }
  return found
}

/** Plain digits only: a localised or decorated number is not guessed at. */
function whole(text: string): number | undefined {
  if (!/^\d{1,12}$/.test(text)) return undefined
  return Number(text)
}
