import { useMemo, useState } from 'react'
import { fail, ok } from '#shared/domain/result'
import { type EstimateResult } from '#shared/estimator/result'
import { Button } from '../../../components/button'
import { CommandLine } from '../../../components/command-line'
import { Select, TextField } from '../../../components/fields'
import { Note } from '../../../components/note'
import { wishFlags } from '../../../stores/estimator'
import { type GpuOption } from '../gpu-view'
import { type Question } from '../question'
import { currentSplit, largerPlan, pageFlags, splitOptions } from '../split-view'

interface SplitChoiceProps {
  readonly question: Question
  readonly result: EstimateResult
}

/** How several cards share the model: layers cut across (tensor), layers in turn (pipeline), or both. vLLM only. */
export function SplitChoice({ question, result }: SplitChoiceProps) {
  const options = splitOptions(question, question.gpus.length)
  if (options.length === 0) return null
  const current = currentSplit(result)
  const refused = options.find(({ value, disabledBecause }) => value === current && disabledBecause !== undefined)
  const isOffered = options.some(({ value }) => value === current)
  const shown = options.filter(({ value, disabledBecause }) => disabledBecause === undefined || value === current)
  return (
    <>
      <div className="row between small">
        <span className="two">Split over {question.gpus.length} GPUs</span>
        <Select
          small
          label="How the model is split"
          value={current}
          options={isOffered ? shown : [{ value: current, label: 'as the launch flags say' }, ...shown]}
          onChange={(value) => {
            const chosen = options.find((option) => option.value === value)
            if (chosen !== undefined) wishFlags(pageFlags(question, chosen.flags))
          }}
        />
      </div>
      {refused?.disabledBecause !== undefined && <Note kind="bad">{refused.disabledBecause}</Note>}
    </>
  )
}

/** Where these cards do not hold it: the smallest number of them that does, over several machines if need be. */
export function LargerPlan({ question, result }: SplitChoiceProps) {
  const [open, setOpen] = useState(false)
  if (question.engine !== 'vllm' || result.verdict !== 'does_not_fit' || question.gpus.length === 0) return null
  return (
    <div className="stack tightly">
      <div className="row">
        <Button size="small" variant="quiet" icon="plus" aria-expanded={open} onClick={() => setOpen(!open)}>
          Plan over more GPUs
        </Button>
      </div>
      {open && <PlanForm question={question} />}
    </div>
  )
}

const USUAL_MACHINE = 8

function PlanForm({ question }: { readonly question: Question }) {
  const [perMachine, setPerMachine] = useState(question.gpus.length > 1 ? question.gpus.length : USUAL_MACHINE)
  const plan = useMemo(() => largerPlan(question, perMachine), [question, perMachine])
  return (
    <div className="stack tightly" data-testid="larger-plan">
      <div className="row between small">
        <span className="two">GPUs like this in one machine</span>
        <TextField
          small
          numeric
          size={3}
          label="GPUs in one machine"
          value={String(perMachine)}
          parse={(text) => (/^([1-9]|1[0-6])$/.test(text.trim()) ? ok(text) : fail('BAD_VALUE', 'Write 1 to 16.'))}
          onCommit={(text) => setPerMachine(Number(text))}
        />
      </div>
      {plan.ok ? (
        <>
          <p className="small">
            <b>Fits on {plan.value.words}</b>
          </p>
          <CommandLine command={plan.value.text} label="Copy the launch flags" />
          {plan.value.machines > 1 && (
            <p className="small two">
              Join the machines in one Ray cluster, then start vLLM with these flags on one of them.
            </p>
          )}
          <div className="row">
            <Button size="tiny" onClick={() => wishFlags(pageFlags(question, plan.value.flags))}>
              Use this split
            </Button>
          </div>
        </>
      ) : (
        <Note>{[plan.error.message, plan.error.hint].filter(Boolean).join(' ')}</Note>
      )}
    </div>
  )
}

/** How many of each known card are in a plan of different ones. */
export function SetLine({
  option,
  onChange,
}: {
  readonly option: GpuOption
  readonly onChange: (next: GpuOption) => void
}) {
  const cards = option.cards ?? []
  function setCount(key: string, count: number) {
    const counted = cards.map((card) => (card.key === key ? { ...card, count } : card))
    const total = counted.reduce((sum, card) => sum + card.count, 0)
    if (total === 0) return
    onChange({
      ...option,
      count: total,
      choice: { kind: 'set', cards: counted.map((card) => ({ key: card.key, count: card.count })) },
    })
  }
  return (
    <div className="stack tightly">
      {cards.map(({ key, title, count, most }) => (
        <div className="row between small" key={key}>
          <span className="two cut">{title}</span>
          <TextField
            small
            numeric
            size={3}
            label={`Number of ${title}`}
            value={String(count)}
            parse={(text) =>
              /^\d{1,2}$/.test(text.trim()) && Number(text) <= most
                ? ok(text)
                : fail('BAD_VALUE', most === 1 ? 'Write 0 or 1: it is there once.' : 'Write 0 to 64.')
            }
            onCommit={(text) => setCount(key, Number(text))}
          />
        </div>
      ))}
    </div>
  )
}
