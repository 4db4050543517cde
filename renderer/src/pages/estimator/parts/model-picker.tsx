import { Combobox } from '@base-ui/react/combobox'
import { memo, useEffect, useState } from 'react'
import { type ModelView } from '#shared/domain/model-view'
import { browseFor } from '../../../app/actions'
import { IconButton } from '../../../components/button'
import { FitBadge } from '../../../components/fit-badge'
import { Icon } from '../../../components/icon'
import { foreignText } from '../../../format/foreign-text'
import { formatInteger, formatSize } from '../../../format/numbers'
import { useChosenProfile } from '../../../stores/chosen-profile'
import { chooseModel } from '../../../stores/estimator'
import { matchesModel, matchParts } from '../model-search'
import { type Question } from '../question'
import { quickVerdict } from '../quick-verdict'

interface ModelPickerProps {
  readonly models: readonly ModelView[]
  /** Absent while a file that is not in the registry is shown. */
  readonly model: ModelView | undefined
  readonly title: string
  /** Cards for the badges in the list. */
  readonly gpus: Question['gpus']
}

const SHOWN = 60

/** Type to find an entry of the registry; arrows, Enter, Esc. A file or folder can be opened instead. */
export const ModelPicker = memo(function ModelPicker({ models, model, title: name, gpus }: ModelPickerProps) {
  const current = model ?? null
  const title = foreignText(name, 200)
  const [text, setText] = useState(title)
  const [open, setOpen] = useState(false)
  useEffect(() => setText(title), [title])
  const isFiltering = text !== title && text.trim() !== ''
  const found = isFiltering ? models.filter((model) => matchesModel(model, text)) : models
  return (
    <Combobox.Root<ModelView>
      items={models}
      open={open}
      onOpenChange={setOpen}
      filteredItems={found.slice(0, SHOWN)}
      value={current}
      onValueChange={(model) => model !== null && chooseModel(model.id)}
      inputValue={text}
      onInputValueChange={(next, details) => {
        // The library clears the text when the list closes without a choice; the subject has not changed then.
        setText(details.reason === 'input-change' || details.reason === 'input-clear' ? next : title)
      }}
      itemToStringLabel={(model) => foreignText(model.name, 200)}
      isItemEqualToValue={(left, right) => left.id === right.id}
      autoHighlight
    >
      <div className="picker">
        <Combobox.InputGroup className="box">
          <Icon name="search" />
          <Combobox.Input
            aria-label="Model"
            placeholder="Find a model"
            spellCheck={false}
            onFocus={(event) => event.currentTarget.select()}
            // Also when what is typed or pasted is what already stood there, which is no change of the text.
            onInput={() => setOpen(true)}
          />
          <IconButton
            icon="file"
            label="Browse for a model file"
            shortcut="Ctrl O"
            onClick={() => void browseFor('file')}
          />
          <IconButton
            icon="folder"
            label="Browse for a model folder"
            shortcut="Ctrl Shift O"
            onClick={() => void browseFor('directory')}
          />
          <Combobox.Trigger className="btn icon" aria-label="Show models" title="Show models">
            <Icon name="down" />
          </Combobox.Trigger>
        </Combobox.InputGroup>
      </div>
      <Combobox.Portal>
        <Combobox.Positioner sideOffset={5} align="start" className="layer">
          <Combobox.Popup className="listbox-popup" aria-label="Models">
            <Combobox.Empty>
              <div className="none">No model matches “{foreignText(text, 60)}”.</div>
            </Combobox.Empty>
            <Combobox.List className="listbox-list">
              {(model: ModelView) => (
                <Combobox.Item key={model.id} value={model} className="listbox-item">
                  <ModelLine model={model} text={isFiltering ? text : ''} models={models} gpus={gpus} />
                </Combobox.Item>
              )}
            </Combobox.List>
            <div className="foot">
              {formatInteger(found.length)} of {formatInteger(models.length)} models. Or drop a .gguf, config.json or
              folder here.
            </div>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  )
})

interface ModelLineProps {
  readonly model: ModelView
  readonly text: string
  readonly models: readonly ModelView[]
  readonly gpus: Question['gpus']
}

function ModelLine({ model, text, models, gpus }: ModelLineProps) {
  const size = model.architecture?.weights_bytes ?? model.download_size_bytes
  const answer = quickVerdict(model.id, { models, gpus, profile: useChosenProfile() })
  return (
    <>
      <span className="cut">
        {matchParts(foreignText(model.name, 120), text).map((part, index) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one name in their order
          part.isMatch ? <mark key={index}>{part.text}</mark> : part.text,
        )}{' '}
        {size !== undefined && <span className="dim">· {formatSize(size)}</span>}
      </span>
      <FitBadge verdict={answer.verdict} title={answer.title} />
    </>
  )
}
