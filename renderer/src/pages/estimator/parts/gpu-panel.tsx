import { fail, ok } from '#shared/domain/result'
import { type EstimateResult } from '#shared/estimator/result'
import { gpuModels } from '#shared/hardware/gpu-models'
import { Button, IconButton } from '../../../components/button'
import { TextField } from '../../../components/fields'
import { Icon } from '../../../components/icon'
import { Note } from '../../../components/note'
import { Panel } from '../../../components/panel'
import { foreignText } from '../../../format/foreign-text'
import { gpuKey, useEstimator, wishFlags } from '../../../stores/estimator'
import { updateSettings } from '../../../stores/settings'
import { type GpuOption, planFigures } from '../gpu-view'
import { type BarView } from '../memory-parts'
import { type ManualGpu, type Question } from '../question'
import { defaultSplit } from '../split-view'
import { AddGpu } from './add-gpu'
import { LlamaSplit } from './llama-split'
import { LargerPlan, SetLine, SplitChoice } from './split-choice'

interface GpuPanelProps {
  readonly options: readonly GpuOption[]
  readonly manual: readonly ManualGpu[]
  readonly problem: string | undefined
  readonly question: Question | undefined
  readonly result: EstimateResult | undefined
  readonly bar: BarView | undefined
}

/** The card (or cards) of the plan: detected with who uses them, or added by hand. */
export function GpuPanel({ options, manual, problem, question, result, bar }: GpuPanelProps) {
  const adding = useEstimator((state) => state.addingGpu)
  const setAdding = (addingGpu: boolean) => useEstimator.setState({ addingGpu })
  return (
    <Panel
      title="GPU"
      actions={
        <Button size="small" variant="quiet" icon="plus" aria-expanded={adding} onClick={() => setAdding(!adding)}>
          Add by hand
        </Button>
      }
    >
      <div className="stack">
        {options.length === 0 && !adding && (
          <Note
            actions={
              <Button size="tiny" onClick={() => setAdding(true)}>
                Choose a card
              </Button>
            }
          >
            <b>No GPU found.</b> {problem ?? 'Estimates need only a size: choose a card or type one.'}
          </Note>
        )}
        <div className="stack" role="radiogroup" aria-label="GPU">
          {options.map((option) => (
            <GpuLine
              key={option.key}
              option={option}
              isOnly={options.length === 1}
              manual={manual}
              question={question}
            />
          ))}
        </div>
        {result !== undefined && question !== undefined && options.length > 0 && (
          <PlanLine
            option={options.find(({ isChecked }) => isChecked)}
            figures={planFigures(result, bar, question.gpus[0]?.freeBytes)}
            plannedBytes={result.total_bytes}
          />
        )}
        {result !== undefined && question !== undefined && (
          <>
            <SplitChoice question={question} result={result} />
            <LlamaSplit question={question} result={result} />
            <LargerPlan question={question} result={result} />
          </>
        )}
        {adding && <AddGpu models={gpuModels} manual={manual} onDone={() => setAdding(false)} />}
      </div>
    </Panel>
  )
}

/** vLLM splits a layer over the cards only when it is told to. */
function choose(option: GpuOption, question: Question | undefined): void {
  useEstimator.setState({ gpu: option.choice })
  void updateSettings({ last_gpu: gpuKey(option.choice) })
  if (question?.engine !== 'vllm') return
  wishFlags(defaultSplit(question, option.count))
}

interface GpuLineProps {
  readonly option: GpuOption
  /** Nothing to choose from: the button is heard, not seen. */
  readonly isOnly: boolean
  readonly manual: readonly ManualGpu[]
  readonly question: Question | undefined
}

function GpuLine({ option, isOnly, manual, question }: GpuLineProps) {
  const title = foreignText(option.title, 80)
  return (
    <div className="gpu-line">
      <label className="row">
        <input
          type="radio"
          name="gpu"
          className={isOnly ? 'sr' : undefined}
          checked={option.isChecked}
          onChange={() => choose(option, question)}
          aria-label={`${title}, ${option.size}`}
        />
        <Icon name="chip" />
        <span className="strong cut">{title}</span>
        <span className="push num" title={option.exact}>
          {option.size}
        </span>
      </label>
      {option.isChecked && option.cards !== undefined && (
        <SetLine option={option} onChange={(next) => choose(next, question)} />
      )}
      {option.isChecked && option.manual !== undefined && (
        <ManualLine option={option} isOnly={isOnly} gpu={option.manual} manual={manual} question={question} />
      )}
    </div>
  )
}

function ManualLine(props: GpuLineProps & { readonly gpu: ManualGpu }) {
  const { option, gpu, manual, question } = props
  return (
    <div className="row between small">
      <span className="row">
        <span className="two">Number of these cards</span>
        <TextField
          small
          numeric
          size={3}
          label="Number of these cards"
          value={String(option.count)}
          parse={(text) =>
            /^([1-9]|[1-5]\d|6[0-4])$/.test(text.trim()) ? ok(text) : fail('BAD_VALUE', 'Write 1 to 64.')
          }
          onCommit={(text) => {
            const count = Number(text)
            choose({ ...option, count, choice: { kind: 'manual', name: gpu.name, count } }, question)
          }}
        />
      </span>
      <IconButton
        icon="x"
        small
        label={`Remove ${gpu.name}`}
        onClick={() => {
          void updateSettings({ manual_gpus: manual.filter(({ name }) => name !== gpu.name) })
          useEstimator.setState({ gpu: { kind: 'auto' } })
        }}
      />
    </div>
  )
}

interface PlanLineProps {
  readonly option: GpuOption | undefined
  readonly figures: readonly (readonly [string, string])[]
  readonly plannedBytes: number
}

function PlanLine({ option, figures, plannedBytes }: PlanLineProps) {
  if (option === undefined) return null
  const used = (100 * option.usedBytes) / Math.max(1, option.totalBytes)
  const planned = Math.min(100 - used, (100 * plannedBytes) / Math.max(1, option.totalBytes))
  const words = figures.map(([name, value]) => `${name} ${value}`).join(', ')
  return (
    <>
      <svg className="gpu-bar" role="img" aria-label={`${option.users}. ${words} GiB`}>
        <rect className="all" x="0.5" y="0.5" width="99.8%" height="9" rx="2" />
        <rect className="used" x="1" y="1" width={`${used.toFixed(2)}%`} height="8" />
        <rect
          className="plan"
          x={`${used.toFixed(2)}%`}
          y="1"
          width={`${Math.max(0, planned - 0.2).toFixed(2)}%`}
          height="8"
          fillOpacity=".55"
        />
      </svg>
      <div className="row between small wrap">
        <span className="two cut" title={option.users}>
          {foreignText(option.users, 60)}
        </span>
        <span>
          {figures.map(([name, value], index) => (
            <span key={name}>
              {index > 0 && ' · '}
              {name} <b>{value}</b>
            </span>
          ))}
        </span>
      </div>
    </>
  )
}
