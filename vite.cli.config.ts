import { defineConfig } from 'vite'

/** The command line: one plain Node program, dependencies bundled, no Electron. */
export default defineConfig({
  ssr: { noExternal: true },
  build: {
    target: 'node20.11',
    outDir: 'out/cli',
    ssr: true,
    emptyOutDir: true,
    rolldownOptions: {
      input: { headroom: 'electron/cli/index.ts', 'parse-worker': 'electron/worker/parse-worker.ts' },
      output: { entryFileNames: '[name].mjs', chunkFileNames: 'chunks/[name]-[hash].mjs' },
    },
  },
})
