import { useEffect, useRef, useState } from 'react'
import { type GpuModel } from '#shared/domain/hardware'
import { fail, ok, type Result } from '#shared/domain/result'
import { GIB, gibToBytes } from '#shared/domain/units'
import { Button } from '../../../components/button'
import { Select, TextField } from '../../../components/fields'
import { formatGib } from '../../../format/numbers'
import { gpuKey, useEstimator } from '../../../stores/estimator'
import { updateSettings } from '../../../stores/settings'
import { type ManualGpu } from '../question'

interface AddGpuProps {
  readonly models: readonly GpuModel[]
  readonly manual: readonly ManualGpu[]
  readonly onDone: () => void
}

const OTHER = 'other'
const LARGEST_GIB = 4096

function parseGib(text: string): Result<number> {
  const gib = Number(text.trim())
  if (text.trim() !== '' && gib > 0 && gib <= LARGEST_GIB) return ok(gibToBytes(gib))
  return fail('BAD_VALUE', 'Write the memory in GiB, such as 23.6.')
}

/** A card from the list, or any card by its memory. It is kept in the settings. */
export function AddGpu({ models, manual, onDone }: AddGpuProps) {
  const [chosen, setChosen] = useState<string>(models[0]?.name ?? OTHER)
  const [size, setSize] = useState('24')
  const model = models.find(({ name }) => name === chosen)
  const bytes = model === undefined ? parseGib(size) : ok(model.bytes)

  function add() {
    if (!bytes.ok) return
    const name = model?.name ?? `GPU with ${Number((bytes.value / GIB).toFixed(2))} GiB`
    const others = manual.filter((gpu) => gpu.name !== name)
    void updateSettings({ manual_gpus: [...others, { name, total_bytes: bytes.value }] })
    const choice = { kind: 'manual', name, count: 1 } as const
    useEstimator.setState({ gpu: choice })
    void updateSettings({ last_gpu: gpuKey(choice) })
    onDone()
  }
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => form.current?.querySelector('select')?.focus(), [])
  return (
    <form
      ref={form}
      className="add-gpu row wrap"
      onSubmit={(event) => {
        event.preventDefault()
        add()
      }}
    >
      <Select
        small
        label="Card"
        value={chosen}
        onChange={setChosen}
        options={[
          { value: OTHER, label: 'Another card, by its memory' },
          ...models.map(({ name, bytes: memory }) => ({ value: name, label: `${name}, ${formatGib(memory)} GiB` })),
        ]}
      />
      {chosen === OTHER && (
        <span className="field-unit">
          <TextField small numeric size={6} label="Memory, GiB" value={size} parse={parseGib} onCommit={setSize} />
          GiB
        </span>
      )}
      <Button size="small" type="submit">
        Use this card
      </Button>
      <Button size="small" variant="quiet" onClick={onDone}>
        Cancel
      </Button>
    </form>
  )
}
