import { ok } from '#shared/domain/result'
import { diagnose } from '../../node/doctor'
import { type CliCommand } from '../command'
import { table, visible } from '../render/table'
import { VERSION } from '../version'

/** What is installed, where files are, what is wrong. */
export const doctorCommand: CliCommand = {
  name: 'doctor',
  summary: 'what is installed, where files are, what is wrong',
  usesRegistry: true,
  async run({ context }) {
    const registry = await context.openRegistry()
    const report = await diagnose(context.services, { registry, version: VERSION })
    const rows = Object.entries(report.facts).map(([key, value]) => [key, value])
    const problems = report.problems.map((problem) => `Problem: ${visible(problem)}`)
    const text = [table(rows), ...(problems.length > 0 ? ['', ...problems] : [])].join('\n')
    // a report on a broken registry is a good report
    return ok({ json: { ...report.facts, problems: report.problems }, text, exitCode: 0 })
  },
}
