import { resolve } from 'node:path'
import { ok } from '#shared/domain/result'
import { importModels } from '../../node/imports/import-models'
import { importSourceNames, importSources, isImportSource } from '../../node/imports/sources'
import { type CliCommand } from '../command'
import { isSet, textOption, usage } from '../options'
import { registryToFill } from '../registry-to-fill'

/** Registers models that other programs keep; nothing is moved or copied. */
export const importCommand: CliCommand = {
  name: 'import',
  summary: 'register models that Ollama, LM Studio, llama.cpp or the Hugging Face cache keep',
  usesRegistry: true,
  configure: (command) =>
    command
      .argument('<source>', 'huggingface, ollama, lmstudio or llama.cpp')
      .option('--dir <dir>', 'where that program keeps its models')
      .option('--dry-run', 'say what would change, write nothing'),
  async run({ context, args, options }) {
    const [name = ''] = args
    if (!isImportSource(name)) return usage(`"${name}" is no source.`, `Use one of ${importSourceNames.join(', ')}.`)
    const source = importSources[name]
    const { world, inspector } = context.services
    const dir = textOption(options, 'dir')
    const root = dir === undefined ? await source.folder(world) : resolve(dir)
    const found = await source.find(root)
    if (!found.ok) return found
    const dryRun = isSet(options, 'dryRun')
    const registry = dryRun ? await context.openRegistry() : await registryToFill(context)
    if (!registry.ok) return registry
    const done = await importModels({ registry: registry.value, inspector, now: world.now }, found.value, {
      signal: context.signal,
      dryRun,
    })
    if (!done.ok) return done
    const { notes, added, updated, unchanged, skipped } = done.value
    const json = { added, updated, unchanged, skipped }
    const head = dryRun ? 'Would be: ' : ''
    const text = `${head}${added} added, ${updated} updated, ${unchanged} unchanged, ${skipped} skipped.\nFrom ${root}`
    return ok({ json, text, notes })
  },
}
