import { useState } from 'react'
import { type ModelView } from '#shared/domain/model-view'
import { Button } from '../../../components/button'
import { Drawer } from '../../../components/drawer'
import { FitBadge } from '../../../components/fit-badge'
import { Tabs } from '../../../components/tabs'
import { foreignText } from '../../../format/foreign-text'
import { formatSize } from '../../../format/numbers'
import { chooseModel } from '../../../stores/estimator'
import { goTo } from '../../../stores/navigation'
import { selectModel } from '../store'
import { type FitAnswer } from '../view-model'
import { ArchitectureTab } from './architecture-tab'
import { RawTab } from './raw-tab'
import { SettingsTab } from './settings-tab'

interface ModelDrawerProps {
  readonly model: ModelView
  readonly fit: FitAnswer | undefined
  readonly question: string
}
type Tab = 'architecture' | 'settings' | 'raw'

/** Everything known about one model, with its sources. */
export function ModelDrawer({ model, fit, question }: ModelDrawerProps) {
  const [tab, setTab] = useState<Tab>('architecture')
  const layers = [...new Set(model.rows.map((row) => row.layer))].join(' + ')
  const note = [model.backend, model.format, layers === '' ? undefined : `${layers} layer`].filter(Boolean).join(' · ')
  return (
    <Drawer title={foreignText(model.display_name ?? model.name)} note={note} onClose={() => selectModel(undefined)}>
      <div className="drawer-fit row" title={question}>
        {fit !== undefined && <FitBadge verdict={fit.verdict} title={fit.binding} />}
        <span className="small grow">
          {fit?.neededBytes === undefined ? fit?.binding : `${formatSize(fit.neededBytes)}, ${question}`}
        </span>
        <Button
          size="small"
          onClick={() => {
            chooseModel(model.id)
            goTo('estimator')
          }}
        >
          Open in estimator
        </Button>
      </div>
      <Tabs
        label="Detail"
        value={tab}
        onChange={setTab}
        tabs={[
          { value: 'architecture', label: 'Architecture', panel: <ArchitectureTab model={model} /> },
          { value: 'settings', label: 'Settings', panel: <SettingsTab model={model} /> },
          { value: 'raw', label: 'Raw', panel: <RawTab id={model.id} /> },
        ]}
      />
    </Drawer>
  )
}
