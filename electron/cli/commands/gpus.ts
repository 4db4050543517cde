import { type Gpu } from '#shared/domain/hardware'
import { ok } from '#shared/domain/result'
import { type CliCommand } from '../command'
import { gib } from '../render/quantities'
import { table } from '../render/table'

/** Cards that the driver reports. */
export const gpusCommand: CliCommand = {
  name: 'gpus',
  summary: 'detected GPUs with total, used and free memory',
  async run({ context }) {
    const gpus = await context.services.hardware.listGpus()
    return gpus.ok ? ok({ json: gpus.value, text: gpusText(gpus.value) }) : gpus
  },
}

function gpusText(gpus: readonly Gpu[]): string {
  const rows = gpus.flatMap((gpu) => [
    [String(gpu.index), gpu.name, gib(gpu.total_bytes), gib(gpu.used_bytes), gib(gpu.free_bytes)],
    ...(gpu.processes ?? []).map((process) => [
      '',
      `  ${process.pid} ${process.name}`,
      '',
      process.used_bytes === undefined ? '' : gib(process.used_bytes),
      '',
    ]),
  ])
  return table(rows, { head: ['', 'GPU', 'Total', 'Used', 'Free'], right: [2, 3, 4] })
}
