import { readFileSync } from 'node:fs'
import { defineConfig } from 'vite'

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))

/** The command line: one plain Node program, dependencies bundled, no Electron. */
export default defineConfig({
  ssr: { noExternal: true },
  define: { HEADROOM_VERSION: JSON.stringify(version) },
  build: {
    target: 'node20.11',
    outDir: 'out/cli',
    ssr: true,
    emptyOutDir: true,
    rolldownOptions: {
      input: { headroom: 'electron/cli/index.ts', 'parse-worker': 'electron/worker/parse-worker.ts' },
      output: {
        entryFileNames: '[name].mjs',
        chunkFileNames: 'chunks/[name]-[hash].mjs',
        banner: (chunk) => (chunk.name === 'headroom' ? '#!/usr/bin/env node' : ''),
      },
    },
  },
})
