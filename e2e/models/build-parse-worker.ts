import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'vite'

/** Builds the parse worker alone, as the command line ships it, so that unit tests need no build of the whole. */
export async function buildParseWorker(outDir: string): Promise<URL> {
  await build({
    configFile: false,
    root: fileURLToPath(new URL('../..', import.meta.url)),
    logLevel: 'silent',
    ssr: { noExternal: true },
    build: {
      target: 'node20.11',
      outDir,
      ssr: true,
      minify: false,
      rolldownOptions: {
        input: { 'parse-worker': 'electron/worker/parse-worker.ts' },
        output: { entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
      },
    },
  })
  return pathToFileURL(join(outDir, 'parse-worker.mjs'))
}
