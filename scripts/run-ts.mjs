// Bundles one TypeScript entry for Node (vite, so that imports without extensions work) and runs it:
//   node scripts/run-ts.mjs scripts/exam.ts [arguments...]
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [entry, ...args] = process.argv.slice(2)
if (entry === undefined) {
  console.error('usage: node scripts/run-ts.mjs ENTRY.ts [arguments...]')
  process.exit(2)
}
const name = basename(entry).replace(/\.[cm]?tsx?$/, '')
const outDir = join(root, 'out', 'scripts', name)
mkdirSync(outDir, { recursive: true })
await build({
  root,
  configFile: false,
  logLevel: 'warn',
  build: {
    target: 'node20.11',
    ssr: true,
    outDir,
    emptyOutDir: true,
    rolldownOptions: {
      input: { [name]: join(root, entry) },
      output: { entryFileNames: '[name].mjs', chunkFileNames: 'chunks/[name]-[hash].mjs' },
    },
  },
})
const child = spawn(process.execPath, [join(outDir, `${name}.mjs`), ...args], { cwd: root, stdio: 'inherit' })
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1))
