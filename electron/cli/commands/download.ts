import { resolve } from 'node:path'
import { ok, type Result } from '#shared/domain/result'
import { parseRepoReference } from '#shared/hub/repo-reference'
import { isSupportFileKind, type SupportFileKind } from '#shared/hub/support-files'
import { type DownloadOrder, type DownloadReport, downloadModel } from '../../node/downloads/download-model'
import { createThrottle } from '../../node/downloads/throttle'
import { type CliCommand, type CliContext, type CliOptions } from '../command'
import { hubOf } from '../hub-options'
import { collect, integerOption, textOption, textsOption, usage } from '../options'
import { addProposalOptions, proposeFlagsFor, statusWithoutProposals } from '../proposed-flags'
import { registryToFill } from '../registry-to-fill'
import { createProgressLine } from '../render/download-progress'
import { grouped } from '../render/quantities'

/** Fetches a model, verifies it, reads its architecture and registers it. */
export const downloadCommand: CliCommand = {
  name: 'download',
  summary: 'fetch a model from a hub, verify and register it',
  usesRegistry: true,
  configure: (command) =>
    addProposalOptions(command)
      .argument('<repo>', 'OWNER/REPO[@REV], or the address of a repository')
      .option('--weights <label>', 'which weights: Q4_K_M, safetensors, ...')
      .option('--include <glob>', 'only files that match; may be repeated', collect)
      .option('--dir <dir>', 'folder for these files')
      .option('--support-repo <id>', 'repository with the config of the base model')
      .option('--support-files <kinds>', 'put these there when missing, from that repository: config,tokenizer')
      .option('--no-architecture', 'do not read the architecture')
      .option('--limit <mib>', 'at most so many MiB a second')
      .option('--connections <n>', 'connections of one file; default 4')
      .option('--endpoint <url>', 'another model hub')
      .option('--token-env <name>', 'environment variable that holds the token of the hub'),
  async run({ context, args, options }) {
    const order = await readOrder(context, { text: args[0] ?? '', options })
    if (!order.ok) return order
    const limit = integerOption(options, 'limit', '--limit')
    if (!limit.ok) return limit
    const connections = connectionsOption(options)
    if (!connections.ok) return connections
    const client = hubOf(context, options)
    if (!client.ok) return client
    const registry = await registryToFill(context)
    if (!registry.ok) return registry
    const { inspector, world } = context.services
    const line = progressLine()
    const done = await downloadModel(
      { client: client.value, inspector, registry: registry.value, world },
      order.value,
      {
        signal: context.signal,
        onProgress: line.show,
        ...(limit.value !== undefined && { throttle: createThrottle(limit.value * 2 ** 20) }),
        ...(connections.value !== undefined && { transfer: { connections: connections.value } }),
      },
    )
    line.finish()
    if (!done.ok) return done
    for (const warning of done.value.warnings) context.note(warning)
    const ids = order.value.withArchitecture ? [done.value.name] : []
    const proposed = await proposeFlagsFor({ context, options }, registry.value, ids)
    // The model is there and registered: what goes wrong with a mere proposal is a remark.
    if (!proposed.ok) context.note(`No launch flags were proposed: ${proposed.error.message}`)
    const { proposals, lines } = proposed.ok ? proposed.value : { proposals: [], lines: [] }
    const [proposal] = proposals
    const json = { ...done.value, ...(proposal !== undefined && { proposed_flags: proposal }) }
    const exitCode = proposed.ok ? undefined : statusWithoutProposals(proposed.error, options)
    const text = [reportText(done.value), ...lines].join('\n')
    return ok({ json, text, ...(exitCode !== undefined && { exitCode }) })
  },
}

async function readOrder(
  context: CliContext,
  { text, options }: { readonly text: string; readonly options: CliOptions },
): Promise<Result<DownloadOrder>> {
  const reference = parseRepoReference(text)
  if (!reference.ok) return reference
  const supportText = textOption(options, 'supportRepo')
  const support = supportText === undefined ? undefined : parseRepoReference(supportText)
  if (support?.ok === false) return support
  const kinds = supportKinds(textOption(options, 'supportFiles'), support !== undefined)
  if (!kinds.ok) return kinds
  const weights = textOption(options, 'weights')
  const dir = textOption(options, 'dir')
  const settings = await context.services.settings.read()
  const library = settings.ok ? settings.value.downloads_folder : undefined
  return ok({
    reference: reference.value,
    wish: { include: textsOption(options, 'include'), ...(weights !== undefined && { weights }) },
    withArchitecture: options['architecture'] !== false,
    ...(dir !== undefined && { dir: resolve(dir) }),
    ...(library !== undefined && { library }),
    ...(support !== undefined && { support: support.value }),
    supportFiles: kinds.value,
  })
}

const MAX_CONNECTIONS = 16

function connectionsOption(options: CliOptions): Result<number | undefined> {
  const count = integerOption(options, 'connections', '--connections')
  if (!count.ok || count.value === undefined) return count
  if (count.value >= 1 && count.value <= MAX_CONNECTIONS) return count
  return usage(`--connections is ${count.value}.`, `Use 1 to ${MAX_CONNECTIONS}.`)
}

/** `config,tokenizer`; they need a repository to come from. */
function supportKinds(text: string | undefined, hasSupport: boolean): Result<readonly SupportFileKind[]> {
  if (text === undefined) return ok([])
  const kinds = text.split(',').map((kind) => kind.trim())
  const known = kinds.filter(isSupportFileKind)
  if (known.length < kinds.length)
    return usage(`"${text}" names no kinds of files.`, 'Write config, tokenizer or both.')
  if (!hasSupport) return usage('--support-files needs --support-repo.', 'Name the repository that lends them.')
  return ok(known)
}

function progressLine() {
  return createProgressLine({
    isTerminal: process.stderr.isTTY === true && process.env['TERM'] !== 'dumb',
    now: () => performance.now(),
    write: (text) => process.stderr.write(text),
  })
}

function reportText({ name, status, path, files, bytes, verified, architecture }: DownloadReport): string {
  const hashes = verified ? 'hashes matched' : 'some files have no published hash: only their size was compared'
  const known = architecture?.num_layers === undefined ? 'architecture unknown' : `${architecture.num_layers} layers`
  return [
    `${name}: ${files.length} files, ${grouped(bytes)} bytes, ${hashes}, ${known}.`,
    `${status === 'unchanged' ? 'Registered already' : 'Registered'}: ${path}`,
  ].join('\n')
}
