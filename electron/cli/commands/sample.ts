import { ok } from '#shared/domain/result'
import { type CliCommand } from '../command'

/** The same as the button of the window: a library to try everything with. */
export const sampleCommand: CliCommand = {
  name: 'sample',
  summary: 'write the sample library and make it the registry',
  async run({ context }) {
    // biome-ignore lint/correctness/useHookAtTopLevel: a service of that name, not a hook of React
    const registry = await context.services.useSampleLibrary()
    if (!registry.ok) return registry
    const { path } = registry.value.location
    return ok({ json: { registry: path }, text: `The registry is now ${path}` })
  },
}
