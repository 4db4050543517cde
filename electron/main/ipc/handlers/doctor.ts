import { homedir } from 'node:os'
import { ok, type Result } from '#shared/domain/result'
import { homeLabel } from '../../home-label'
import { loadRegistryView } from '../../registry-view'
import type { HandlerContext, Handlers } from './handlers'

/** The text behind "Copy report": versions, hardware and the state of the registry; home shown as `~`. */
export function doctorHandlers(context: HandlerContext): Pick<Handlers, 'doctor:report'> {
  return {
    'doctor:report': async () => {
      const { version, platform, electron, packaged } = context.host.info()
      const lines = [
        `Headroom ${version} (${packaged ? 'packaged' : 'checkout'}), Electron ${electron}, ${platform}`,
        `Data folder: ${homeLabel(context.services.world.dataDir, homedir())}`,
        ...(await describeCards(context)),
        ...(await describeRegistry(context)),
      ]
      return ok({ text: `${lines.join('\n')}\n` })
    },
  }
}

async function describeCards({ services }: HandlerContext): Promise<string[]> {
  const gpus = await services.hardware.listGpus()
  if (!gpus.ok) return [`GPUs: ${describe(gpus)}`]
  if (gpus.value.length === 0) return ['GPUs: none']
  return gpus.value.map(({ index, name, total_bytes }) => `GPU ${index}: ${name}, ${total_bytes} bytes`)
}

async function describeRegistry(context: HandlerContext): Promise<string[]> {
  const view = await loadRegistryView(context)
  if (!view.ok) return [`Registry: ${describe(view)}`]
  const { status, models, warnings } = view.value
  const state = [status.state, status.mode, status.label].filter((part) => part !== undefined).join(', ')
  return [
    `Registry: ${state}; ${models.length} models`,
    ...(status.problem === undefined ? [] : [`  ${status.problem}`]),
    ...warnings.map((warning) => `  ${warning}`),
  ]
}

function describe(result: Result<unknown> & { readonly ok: false }): string {
  return `${result.error.code}: ${result.error.message}`
}
