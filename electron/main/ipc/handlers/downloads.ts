import { fail, ok, type Result } from '#shared/domain/result'
import type { Input } from '#shared/ipc/contract'
import type { DownloadsState } from '#shared/ipc/downloads'
import type { VariantChoice } from '../../../node/downloads/create-downloads'
import type { DownloadAccess, HandlerContext, Handlers } from './handlers'

type DownloadChannel = Extract<keyof Handlers, `downloads:${string}`>

export function downloadHandlers({ downloads }: HandlerContext): Pick<Handlers, DownloadChannel> {
  const using = <T>(work: (access: DownloadAccess) => Promise<Result<T>>): Promise<Result<T>> =>
    downloads === undefined
      ? Promise.resolve(fail('UNAVAILABLE', 'Downloads are not available here.'))
      : work(downloads)
  return {
    'downloads:state': () => using(async (access) => ok(await downloadsState(access))),
    'downloads:lookup': ({ text, endpoint }) => using(({ service }) => service.lookup(text, endpoint)),
    'downloads:inspect': (input) => using(({ service }) => service.inspect(choiceOf(input))),
    'downloads:add': (input) =>
      using(async (access) => {
        const added = await access.service.add({ ...choiceOf(input), withArchitecture: input.with_architecture })
        return added.ok ? ok(await downloadsState(access)) : added
      }),
    'downloads:act': ({ id, action }) =>
      using(async (access) => {
        const done = await access.service.act(id, action)
        return done.ok ? ok(await downloadsState(access)) : done
      }),
    'downloads:all': ({ action }) =>
      using(async (access) => {
        await access.service.all(action)
        return ok(await downloadsState(access))
      }),
    'downloads:token': ({ token, allow_plain }) => using(({ tokens }) => tokens.save(token, allow_plain)),
  }
}

/** The queue as the page shows it; of the token only whether there is one. */
export async function downloadsState({ service, tokens }: DownloadAccess): Promise<DownloadsState> {
  return {
    items: [...(await service.items())],
    finished: [...(await service.finished())],
    token: await tokens.status(),
  }
}

function choiceOf(input: Input<'downloads:inspect'>): VariantChoice {
  const { repository, commit, label, endpoint, support } = input
  return {
    repository,
    commit,
    label,
    ...(endpoint !== undefined && { endpoint }),
    ...(support !== undefined && { support }),
  }
}
