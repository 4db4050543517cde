import { type EstimateResult } from '#shared/estimator/result'
import { verdictWords } from '../../components/fit-badge'
import { foreignText } from '../../format/foreign-text'
import { formatGib, formatInteger } from '../../format/numbers'
import { type Question } from './question'
import { type Answered } from './use-estimator-view'

/** The estimate as `headroom estimate --json` prints it. */
export function estimateJson(result: EstimateResult): string {
  return `${JSON.stringify(result, null, 2)}\n`
}

/** The estimate to paste into an issue or a chat: answer, what it rests on, every term with its formula. */
export function estimateMarkdown(question: Question, { result, verdict, bars }: Answered): string {
  const blocks = [
    `# ${cell(question.title)}: ${verdictWords[result.verdict].word.toLowerCase()}`,
    [verdict.sentence, verdict.detail].filter(Boolean).join(' '),
    verdict.given,
    table(
      ['Term', 'GiB', 'Low to high', 'Formula'],
      result.terms.map((term) => [
        term.name,
        formatGib(term.bytes),
        term.low_bytes === term.high_bytes ? 'exact' : `${formatGib(term.low_bytes)} to ${formatGib(term.high_bytes)}`,
        `\`${term.formula.replaceAll('`', "'")}\``,
      ]),
    ),
    bars.length > 1
      ? table(
          ['GPU', 'Planned', 'Budget', 'Capacity'],
          bars.map((bar) => [
            bar.name,
            formatGib(bar.totalBytes),
            formatGib(bar.budgetBytes),
            formatGib(bar.capacityBytes),
          ]),
        )
      : undefined,
    table(
      ['Input', 'Value', 'Source'],
      Object.entries(result.inputs).map(([name, { value, source }]) => [name, shown(value), source]),
    ),
    result.warnings.map((text) => `- ${foreignText(text, 1000)}`).join('\n'),
  ]
  return `${blocks.filter((block) => block !== undefined && block !== '').join('\n\n')}\n`
}

function shown(value: EstimateResult['inputs'][string]['value']): string {
  if (typeof value === 'number' && Number.isInteger(value)) return formatInteger(value)
  return value === null ? 'none' : Array.isArray(value) ? value.join(', ') : String(value)
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Text of files must not end a cell or a line. */
function cell(text: string): string {
  return foreignText(text, 1000).replaceAll('|', '\\|')
}
