import { basename } from 'node:path'

/** A backup in the name pattern of the registry format: `<stem>.<yyyymmdd-HHMMSS>.bak.json`, UTC. */
export interface BackupName {
  readonly name: string
  /** File of which it is a copy: `model_registry.curated.json`. */
  readonly file: string
  readonly at: Date
}

/** Name of a backup of `file` made at `at`. */
export function backupName(file: string, at: Date): string {
  const iso = at.toISOString() // 2026-01-02T03:04:05.678Z
  const stamp = `${iso.slice(0, 10).replaceAll('-', '')}-${iso.slice(11, 19).replaceAll(':', '')}`
  return `${stemOf(file)}.${stamp}.bak.json`
}

/** Reads a name in the pattern; nothing for any other name or an impossible date. */
export function parseBackupName(name: string): BackupName | undefined {
  const match = /^(.+)\.(\d{4})(\d{2})(\d{2})-(\d{2})(\d{2})(\d{2})\.bak\.json$/.exec(name)
  if (!match) return undefined
  const [, stem = '', year = '', month = '', day = '', hour = '', minute = '', second = ''] = match
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(at.getTime())) return undefined
  const isReal = at.toISOString().startsWith(`${year}-${month}-${day}T${hour}:${minute}:${second}`)
  return isReal ? { name, file: `${stem}.json`, at } : undefined
}

function stemOf(file: string): string {
  return basename(file).replace(/\.json$/, '')
}

export const KEPT_TODAY = 3
export const KEPT_IN_TOTAL = 10

/**
 * Which backups of one file may go: the three newest of the newest day stay, one (the newest) of each earlier day, ten
 * in total. Days are UTC, as in the names; order is that of the names, so a clock that was set back removes nothing new.
 */
export function surplusBackups(backups: readonly BackupName[]): readonly BackupName[] {
  const newestFirst = [...backups].sort(
    (left, right) => right.at.getTime() - left.at.getTime() || (left.name < right.name ? 1 : -1),
  )
  const dayOf = (backup: BackupName): string => backup.at.toISOString().slice(0, 10)
  const newestDay = newestFirst[0] && dayOf(newestFirst[0])
  const perDay = new Map<string, number>()
  let kept = 0
  return newestFirst.filter((backup) => {
    const day = dayOf(backup)
    const count = (perDay.get(day) ?? 0) + 1
    perDay.set(day, count)
    const isKept = kept < KEPT_IN_TOTAL && count <= (day === newestDay ? KEPT_TODAY : 1)
    if (isKept) kept += 1
    return !isKept
  })
}
