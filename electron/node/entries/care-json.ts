import { type Repair as RepairJson, type TidyReport as TidyJson } from '#shared/ipc/entry-schemas'
import { type Repair } from './repair-kept-copy'
import { type TidyReport } from './tidy-registry'

/** The reports as window and command line give them. */
export function tidyJson({ adopted, dropped, undecided, backup }: TidyReport): TidyJson {
  return {
    adopted: [...adopted],
    dropped: [...dropped],
    undecided: undecided.map(({ name, rows }) => ({
      name,
      rows: rows.map(({ id, rows: places, differs }) => ({
        id,
        places: places.map(({ layer, index }) => `${layer} row ${index + 1}`),
        differs: [...differs],
      })),
    })),
    ...(backup !== undefined && { backup }),
  }
}

export function repairJson({ file, entries, entriesNow, lost, backup }: Repair): RepairJson {
  return {
    file,
    entries,
    ...(entriesNow !== undefined && { entries_now: entriesNow }),
    lost: lost.map(({ line, start }) => ({ line, start })),
    ...(backup !== undefined && { backup }),
  }
}
