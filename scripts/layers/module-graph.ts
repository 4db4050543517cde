import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { type ImportFact, type ModuleFacts, readModule } from './read-module'

export interface GraphEdge extends ImportFact {
  /** The file of the project that the specifier names; absent for packages and node: modules. */
  readonly target?: string
}

export interface GraphModule extends Omit<ModuleFacts, 'imports'> {
  readonly imports: readonly GraphEdge[]
}

export type ModuleGraph = ReadonlyMap<string, GraphModule>

const sourceRoots = ['shared', 'electron', 'renderer', 'e2e', 'scripts']
const isSource = /\.(?:ts|tsx|mjs)$/

/** Texts of all sources of the project by path, POSIX separators. */
export function readSources(root: string): Map<string, string> {
  const sources = new Map<string, string>()
  for (const folder of sourceRoots) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !isSource.test(entry.name) || entry.name.endsWith('.d.ts')) continue
      const path = join(entry.parentPath, entry.name)
      const name = posix.join(...path.slice(root.length).split(/[\\/]/))
      sources.set(name.replace(/^\//, ''), readFileSync(path, 'utf8'))
    }
  }
  return sources
}

/** Parsing is the slow part, and tests build many graphs that differ in one file. */
const parsed = new Map<string, ModuleFacts>()

function factsOf(path: string, text: string): ModuleFacts {
  const key = `${path}\n${text}`
  const facts = parsed.get(key) ?? readModule(path, text)
  parsed.set(key, facts)
  return facts
}

export function buildGraph(sources: ReadonlyMap<string, string>): ModuleGraph {
  const graph = new Map<string, GraphModule>()
  for (const [path, text] of sources) {
    const facts = factsOf(path, text)
    const imports = facts.imports.map((edge) => {
      const target = resolveImport(path, edge.specifier, sources)
      return target === undefined ? edge : { ...edge, target }
    })
    graph.set(path, { ...facts, imports })
  }
  return graph
}

function resolveImport(from: string, specifier: string, sources: ReadonlyMap<string, string>): string | undefined {
  const base = basePath(from, specifier)
  if (base === undefined) return undefined
  const candidates = [base, `${base}.ts`, `${base}.tsx`, `${base}/index.ts`, `${base}/index.tsx`]
  return candidates.find((candidate) => sources.has(candidate))
}

/** `#shared/x` is the package's own alias for `shared/x`. */
function basePath(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('#shared/')) return specifier.slice(1)
  if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(from), specifier))
  return undefined
}

/** The first chain of run-time imports that ends where it began, or nothing. */
export function findCycle(graph: ModuleGraph): readonly string[] | undefined {
  const done = new Set<string>()
  function follow(path: string, trail: readonly string[]): readonly string[] | undefined {
    const seenAt = trail.indexOf(path)
    if (seenAt >= 0) return [...trail.slice(seenAt), path]
    if (done.has(path)) return undefined
    for (const { target, isTypeOnly } of graph.get(path)?.imports ?? []) {
      if (target === undefined || isTypeOnly) continue
      const cycle = follow(target, [...trail, path])
      if (cycle !== undefined) return cycle
    }
    done.add(path)
    return undefined
  }
  for (const path of graph.keys()) {
    const cycle = follow(path, [])
    if (cycle !== undefined) return cycle
  }
  return undefined
}
