import { resolve } from 'node:path'
import { type Inspection } from '#shared/domain/inspection'
import { fail, ok } from '#shared/domain/result'
import { type CliCommand } from '../command'
import { textOption } from '../options'
import { grouped } from '../render/quantities'
import { table } from '../render/table'
import { architectureText } from './show'

/** Architecture of a file or directory; only headers are read. */
export const inspectCommand: CliCommand = {
  name: 'inspect',
  summary: 'architecture of a model file or directory',
  configure: (command) =>
    command
      .argument('<path>', 'file, directory or hf://OWNER/REPO')
      .option('--support-dir <dir>', 'directory with the config of the base model')
      .option('--endpoint <url>', 'another model hub'),
  async run({ context, args, options }) {
    const [path = ''] = args
    if (path.startsWith('hf://')) {
      return fail('UNAVAILABLE', 'Remote repositories cannot be inspected yet.', {
        hint: 'Download the model, then inspect its folder.',
      })
    }
    const supportDir = textOption(options, 'supportDir')
    const inspected = await context.services.inspector.inspect(resolve(path), {
      signal: context.signal,
      ...(supportDir !== undefined && { supportDir: resolve(supportDir) }),
    })
    if (!inspected.ok) return inspected
    const { format, architecture, files } = inspected.value
    return ok({ json: { path, format, architecture, files }, text: inspectionText(inspected.value) })
  },
}

function inspectionText(inspection: Inspection): string {
  const files = inspection.files.map((file) => [file.path, grouped(file.bytes), file.role])
  return [
    `Format: ${inspection.format}`,
    '',
    architectureText(inspection.architecture),
    '',
    table(files, { head: ['File', 'Bytes', 'Role'], right: [1] }),
  ].join('\n')
}
