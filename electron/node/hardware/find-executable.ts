import { accessSync, constants, statSync } from 'node:fs'
import { posix, win32 } from 'node:path'

/**
 * Absolute path of a program, searched in the absolute folders of PATH and then in `extraFolders`; relative PATH
 * entries are passed over, so that nothing in the working directory is ever run.
 */
export function findExecutable(
  name: string,
  world: { readonly env: Readonly<Record<string, string | undefined>>; readonly platform: NodeJS.Platform },
  extraFolders: readonly string[] = [],
): string | undefined {
  const path = world.platform === 'win32' ? win32 : posix
  const file = world.platform === 'win32' ? `${name}.exe` : name
  const listed = (world.env['PATH'] ?? world.env['Path'] ?? '').split(path.delimiter)
  return [...listed, ...extraFolders]
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, file))
    .find(isExecutableFile)
}

function isExecutableFile(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    // Not there or not ours to run: the next folder is tried.
    return false
  }
}
