import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** Who a process is: a pid alone is reused by the system. */
export interface ProcessIdentity {
  readonly pid: number
  readonly host: string
  /** When the process started, in the system's own unit; absent where it cannot be known. */
  readonly started?: string | undefined
}

/** Asks the system about processes; passed in so that tests can kill and revive them at will. */
export interface ProcessTable {
  readonly self: ProcessIdentity
  /** `gone` only when that is certain. */
  state(owner: ProcessIdentity): 'alive' | 'gone' | 'unknown'
}

/** The processes of this machine. */
export function systemProcesses(): ProcessTable {
  const started = startTime(process.pid)
  const self = { pid: process.pid, host: hostname(), ...(started !== undefined && { started }) }
  return {
    self,
    state: (owner) => {
      if (owner.host !== self.host) return 'unknown'
      if (!isRunning(owner.pid)) return 'gone'
      const now = startTime(owner.pid)
      if (owner.started !== undefined && now !== undefined && now !== owner.started) return 'gone'
      return 'alive'
    },
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it runs, under another user
    return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EPERM'
  }
}

/** Field 22 of /proc/PID/stat (clock ticks since boot) with the boot time, so that a restart of the machine shows. */
function startTime(pid: number): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // the name in parentheses may hold blanks and parentheses
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const boot = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]
    const ticks = fields[19]
    return ticks === undefined ? undefined : `${boot ?? ''}:${ticks}`
  } catch {
    return undefined // gone meanwhile, or no /proc: the pid alone has to do
  }
}
