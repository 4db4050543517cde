import { type Inspection } from '#shared/domain/inspection'
import { ok, type Result } from '#shared/domain/result'
import { parseRepoReference } from '#shared/hub/repo-reference'
import { inspectRemote } from '../node/hub/inspect-remote'
import { readRepository } from '../node/hub/repository'
import { type CliContext, type CliOptions } from './command'
import { hubOf } from './hub-options'
import { textOption } from './options'

/** `inspect hf://...`: headers and config files of a repository, nothing else is fetched. */
export async function inspectHub(context: CliContext, path: string, options: CliOptions): Promise<Result<Inspection>> {
  const reference = parseRepoReference(path)
  if (!reference.ok) return reference
  const supportText = textOption(options, 'supportRepo')
  const support = supportText === undefined ? undefined : parseRepoReference(supportText)
  if (support?.ok === false) return support
  const client = hubOf(context, options)
  if (!client.ok) return client
  const { services, signal } = context
  const repository = await readRepository(client.value, reference.value, signal)
  if (!repository.ok) return repository
  const { refused, baseModel, files } = repository.value
  if (refused.length > 0) context.note(`${refused.length} files have names that are not safe; they are left out.`)
  const hasConfig = files.some((file) => file.path === 'config.json' || /\.gguf$/i.test(file.path))
  if (!hasConfig && support === undefined && baseModel !== undefined) {
    context.note(`The config of its base model can stand in: --support-repo ${baseModel}`)
  }
  const inspected = await inspectRemote(
    { client: client.value, inspector: services.inspector, dataDir: services.world.dataDir },
    {
      repository: repository.value,
      signal,
      ...(reference.value.file !== undefined && { file: reference.value.file }),
      ...(support !== undefined && { support: support.value }),
    },
  )
  return inspected.ok ? ok({ ...inspected.value, path }) : inspected
}
