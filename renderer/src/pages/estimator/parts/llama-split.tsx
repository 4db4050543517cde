import { fail, ok, type Result } from '#shared/domain/result'
import { type EstimateResult } from '#shared/estimator/result'
import { IconButton } from '../../../components/button'
import { Select, TextField } from '../../../components/fields'
import { type Explanation, WhatIsThis } from '../../../components/what-is-this'
import { wishFlags } from '../../../stores/estimator'
import { llamaSplit, MAIN_GPU, parseShares, SPLIT_MODE, SPLIT_MODES, TENSOR_SPLIT } from '../llama-split-view'
import { type Question } from '../question'

const HELP = {
  mode: {
    text: 'layer: every card takes whole layers with their cache, one after the other. row: the rows of large matrices are spread over the cards, the cache stays on the main one. none: one card holds everything.',
    source: '--split-mode of llama-server; layer unless stated.',
  },
  shares: {
    text: 'Shares of the model for each card in their order, such as 3,1. Left empty, llama.cpp shares by the memory that is free at start.',
    formula: 'card i takes layers up to sum(shares 0…i) ÷ sum(shares) × (layers + 1)',
    source: '--tensor-split; source: llama_model::load_tensors.',
  },
  main: {
    text: 'The card for everything when nothing is split, and for small tensors and results when rows are.',
    source: '--main-gpu of llama-server; 0 unless stated.',
  },
} as const satisfies Readonly<Record<string, Explanation>>

interface LlamaSplitProps {
  readonly question: Question
  readonly result: EstimateResult
}

/** How llama.cpp spreads a model over several cards. */
export function LlamaSplit({ question, result }: LlamaSplitProps) {
  const view = llamaSplit(question, result)
  if (view === undefined) return null
  const { mode, shares, mainGpu, cards, isManual } = view
  return (
    <div className="stack tightly" data-testid="llama-split">
      <div className="row between small">
        <span className="row two">
          Split over {cards.length} GPUs
          <WhatIsThis field="Split mode" {...HELP.mode} />
        </span>
        <span className="row">
          <Select
            small
            label="Split mode"
            value={mode}
            options={SPLIT_MODES}
            onChange={(value) => wishFlags({ [SPLIT_MODE]: value })}
          />
          {isManual && (
            <IconButton
              icon="undo"
              small
              label="Restore the split"
              onClick={() => wishFlags({ [SPLIT_MODE]: null, [TENSOR_SPLIT]: null, [MAIN_GPU]: null })}
            />
          )}
        </span>
      </div>
      {mode === 'none' ? null : (
        <div className="row between small">
          <span className="row two">
            Shares
            <WhatIsThis field="Shares" {...HELP.shares} />
          </span>
          <TextField
            small
            size={12}
            label="Shares of the GPUs"
            placeholder="by free memory"
            value={shares}
            parse={(text) => checkShares(text, cards.length)}
            onCommit={(text) => wishFlags({ [TENSOR_SPLIT]: text.trim() === '' ? null : text.replaceAll(/\s/g, '') })}
          />
        </div>
      )}
      {mode !== 'layer' && (
        <div className="row between small">
          <span className="row two">
            Main GPU
            <WhatIsThis field="Main GPU" {...HELP.main} />
          </span>
          <Select
            small
            label="Main GPU"
            value={String(mainGpu)}
            options={cards.map((label, index) => ({ value: String(index), label }))}
            onChange={(value) => wishFlags({ [MAIN_GPU]: value })}
          />
        </div>
      )}
    </div>
  )
}

function checkShares(text: string, cards: number): Result<unknown> {
  if (text.trim() === '') return ok(undefined)
  const shares = parseShares(text, cards)
  return shares === undefined
    ? fail('BAD_VALUE', `Write up to ${cards} shares, such as ${cards === 2 ? '3,1' : '2,1,1'}.`)
    : ok(shares)
}
