import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

// Targets are those of the oldest Electron that must run this: Node 20.18, Chrome 130. Everything is bundled, so that
// a package holds no node_modules.
export default defineConfig({
  main: {
    build: {
      target: 'node20.18',
      outDir: 'out/main',
      externalizeDeps: false,
      rolldownOptions: {
        input: { main: 'electron/main/index.ts', 'parse-worker': 'electron/worker/parse-worker.ts' },
        // Chunks lie beside the entries, so that a module finds its neighbours from whichever file it ends up in.
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      target: 'node20.18',
      outDir: 'out/preload',
      externalizeDeps: false,
      rolldownOptions: {
        input: { preload: 'electron/preload/index.ts' },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'renderer',
    plugins: [react()],
    build: {
      target: 'chrome130',
      outDir: 'out/renderer',
      // Absolute: with a relative path the development server reloads the page in mid-use.
      rolldownOptions: { input: join(import.meta.dirname, 'renderer', 'index.html') },
    },
  },
})
