import { sep } from 'node:path'

/** A path as people are shown it: their home folder as `~`. */
export function homeLabel(path: string, home: string): string {
  if (home === '' || home === sep) return path
  if (path === home) return '~'
  return path.startsWith(home + sep) ? `~${path.slice(home.length)}` : path
}
