import { parseAst } from 'vite'

export interface ImportFact {
  readonly specifier: string
  /** Nothing of it exists at run time. */
  readonly isTypeOnly: boolean
  /** Names taken from the module as values; `*` for a namespace, `default` for the default export. */
  readonly names: readonly string[]
}

/** What the rules need to know about one source file. */
export interface ModuleFacts {
  readonly path: string
  readonly imports: readonly ImportFact[]
  /** Called expressions as text: `fetch`, `Date.now`, `.writeFile` (a method of anything), `new Date` without
   *  arguments, `open for writing`. */
  readonly calls: ReadonlySet<string>
}

/** The part of the syntax tree that is looked at; every node has a type and arbitrary children. */
interface Node {
  readonly type: string
  readonly [key: string]: unknown
}

export function readModule(path: string, text: string): ModuleFacts {
  const program: unknown = parseAst(text, { lang: path.endsWith('x') ? 'tsx' : 'ts' })
  const imports: ImportFact[] = []
  const calls = new Set<string>()
  visit(program, (node) => {
    const found = importOf(node)
    if (found !== undefined) imports.push(found)
    const call = callOf(node)
    if (call !== undefined) for (const name of call) calls.add(name)
  })
  return { path, imports, calls }
}

function visit(value: unknown, look: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const child of value) visit(child, look)
    return
  }
  if (!isNode(value)) return
  look(value)
  for (const child of Object.values(value)) visit(child, look)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function importOf(node: Node): ImportFact | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
      return declared(node, 'importKind')
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return declared(node, 'exportKind')
    case 'ImportExpression': {
      const specifier = textOf(node['source'])
      return specifier === undefined ? undefined : { specifier, isTypeOnly: false, names: ['*'] }
    }
    default:
      return undefined
  }
}

function declared(node: Node, kindKey: 'importKind' | 'exportKind'): ImportFact | undefined {
  const specifier = textOf(node['source'])
  if (specifier === undefined) return undefined
  const parts = Array.isArray(node['specifiers']) ? node['specifiers'].filter(isNode) : []
  const values = node[kindKey] === 'type' ? [] : parts.filter((part) => part[kindKey] !== 'type')
  const isBare = node[kindKey] !== 'type' && (node.type === 'ExportAllDeclaration' || parts.length === 0)
  const names = node.type === 'ExportAllDeclaration' ? ['*'] : values.map(nameOf)
  return { specifier, isTypeOnly: !isBare && values.length === 0, names: isBare && names.length === 0 ? [] : names }
}

function nameOf(part: Node): string {
  switch (part.type) {
    case 'ImportNamespaceSpecifier':
      return '*'
    case 'ImportDefaultSpecifier':
      return 'default'
    default:
      return identifierOf(part['imported'] ?? part['local']) ?? '*'
  }
}

function callOf(node: Node): string[] | undefined {
  if (node.type === 'NewExpression') {
    const name = identifierOf(node['callee'])
    const hasArguments = Array.isArray(node['arguments']) && node['arguments'].length > 0
    return name === undefined || hasArguments ? undefined : [`new ${name}`]
  }
  if (node.type !== 'CallExpression' || !isNode(node['callee'])) return undefined
  const callee = node['callee']
  if (callee.type !== 'MemberExpression') {
    const name = identifierOf(callee)
    if (name === undefined) return undefined
    return isOpeningForWriting(name, node['arguments']) ? [name, 'open for writing'] : [name]
  }
  const member = identifierOf(callee['property'])
  if (member === undefined) return undefined
  const owner = identifierOf(callee['object'])
  return owner === undefined ? [`.${member}`] : [`.${member}`, `${owner}.${member}`]
}

/** `open(path, 'w')` and the like; flags built from constants are left to the eye. */
function isOpeningForWriting(name: string, args: unknown): boolean {
  if (name !== 'open' && name !== 'openSync') return false
  const flags = Array.isArray(args) ? textOf(args[1]) : undefined
  return flags !== undefined && /[wa+]/.test(flags)
}

function identifierOf(value: unknown): string | undefined {
  if (!isNode(value) || typeof value['name'] !== 'string') return undefined
  return value['name']
}

function textOf(value: unknown): string | undefined {
  return isNode(value) && typeof value['value'] === 'string' ? value['value'] : undefined
}
