import { ok, type Result } from '#shared/domain/result'
import { type EngineId } from '#shared/estimator/request'
import { chooseEngine } from '#shared/estimator-request/engine-of'
import { describeModel } from '#shared/registry/describe-model'
import { findModel } from '#shared/registry/find-model'
import { createLogReader } from '#shared/runtime/log-lines/create-log-reader'
import { type LogReader, type ObservedStart } from '#shared/runtime/log-lines/log-reader'
import { type MetricsRecord } from '#shared/runtime/metrics-record'
import { type EngineCommand, engineCommand } from '../../node/metrics/engine-command'
import { runEngine } from '../../node/metrics/run-engine'
import { type CliCall, type CliCommand } from '../command'
import { type ObservedModel, recordStart } from '../observed-model'

/** Starts the engine of an entry, passes everything through, and records its start. */
export const serveCommand: CliCommand = {
  name: 'serve',
  summary: 'run the engine of a model with its launch flags and record its start',
  usesRegistry: true,
  configure: (command) =>
    command
      .argument('<model>', 'name, id, served id or alias')
      .argument('[extra...]', 'after --: further words for the engine')
      .option('--metrics <file>', 'metrics log (default: logs/model_loader_metrics.jsonl near the registry)'),
  async run(call) {
    const prepared = await prepare(call)
    if (!prepared.ok) return prepared
    const { command, engine, model } = prepared.value
    const reader = createLogReader(engine, model.name)
    let record: MetricsRecord | undefined
    const status = await runEngine({
      ...command,
      env: call.context.services.world.env,
      reader,
      signal: call.context.signal,
      onOutput: (stream, bytes) => {
        // With --json the one document on standard output is ours.
        const out = stream === 'stdout' && !call.context.isJson ? process.stdout : process.stderr
        out.write(bytes)
      },
      onSettled: async () => {
        const start = startOf(reader)
        const recorded = await recordStart(call.context, call.options, {
          start,
          engine,
          model,
          source: 'headroom-serve',
        })
        if (recorded.ok) record = recorded.value.record
        else call.context.note(`The start could not be recorded: ${recorded.error.message}`)
      },
    })
    return status.ok ? ok({ json: record ?? null, text: '', exitCode: status.value }) : status
  },
}

/** Whatever the outcome: an engine that ends without a word has failed too. */
function startOf(reader: LogReader): ObservedStart {
  const { start, failure } = reader.findings()
  return (
    failure ??
    start ?? { outcome: 'failed', metrics: { failure: 'The engine ended before it was ready.', failure_kind: 'ended' } }
  )
}

interface Prepared {
  readonly command: EngineCommand
  readonly engine: EngineId
  readonly model: ObservedModel
}

async function prepare({ context, args, rest }: CliCall): Promise<Result<Prepared>> {
  const registry = await context.openRegistry()
  if (!registry.ok) return registry
  const snapshot = await registry.value.load()
  if (!snapshot.ok) return snapshot
  const entry = findModel(snapshot.value.entries, args[0] ?? '')
  if (!entry.ok) return entry
  const view = describeModel(entry.value)
  const engine = chooseEngine({ model: view, architecture: view.architecture ?? {} })
  if (!engine.ok) return engine
  const subject = { value: entry.value.value, engine: engine.value.value, extraArgs: view.extra_args }
  const command = engineCommand(subject, rest, context.services.world)
  if (!command.ok) return command
  const model = { name: entry.value.name, view, location: registry.value.location }
  return ok({ command: command.value, engine: engine.value.value, model })
}
