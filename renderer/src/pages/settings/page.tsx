import { runCommand } from '../../app/commands'
import { Button, IconButton } from '../../components/button'
import { SettingRow } from '../../components/fields'
import { Panel } from '../../components/panel'
import { Segmented } from '../../components/segmented'
import { formatSize, plural } from '../../format/numbers'
import { goTo } from '../../stores/navigation'
import { useRegistry } from '../../stores/registry'
import { updateSettings, useSettings } from '../../stores/settings'
import { AboutPanel } from './parts/about-panel'

const THEMES = [
  { value: 'system', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const
const CONTRASTS = [
  { value: 'system', label: 'System' },
  { value: 'normal', label: 'Normal' },
  { value: 'more', label: 'More' },
] as const

/** Preferences. Every control writes at once; the same values stand in settings.json of the data folder. */
export function SettingsPage() {
  return (
    <>
      <div className="toolbar">
        <h1>Settings</h1>
        <span className="push small dim">Changes are saved as you make them</span>
      </div>
      <div className="page scroll">
        <div className="settings stack wide">
          <Appearance />
          <Registry />
          <ManualGpus />
          <Maintenance />
          <AboutPanel />
        </div>
      </div>
    </>
  )
}

function Appearance() {
  const { theme, contrast } = useSettings((state) => state.settings)
  return (
    <Panel title="Appearance" padded={false}>
      <SettingRow title="Theme" note="Follows the system unless set">
        <Segmented
          label="Theme"
          options={THEMES}
          value={theme}
          onChange={(value) => void updateSettings({ theme: value })}
        />
      </SettingRow>
      <SettingRow title="Contrast" note="More contrast also draws patterns on the memory bar">
        <Segmented
          label="Contrast"
          options={CONTRASTS}
          value={contrast}
          onChange={(value) => void updateSettings({ contrast: value })}
        />
      </SettingRow>
    </Panel>
  )
}

function Registry() {
  const view = useRegistry((state) => state.view)
  const models = view?.models.length ?? 0
  const note =
    view?.status.state === 'ready' ? `Shared with other programs; ${plural(models, 'model')}` : 'None is open'
  return (
    <Panel title="Files" padded={false}>
      <SettingRow title="Registry" note={note}>
        <span className="mono cut" title={view?.status.label}>
          {view?.status.label ?? 'none'}
        </span>
        <Button size="small" onClick={() => runCommand('registry:openFolder')}>
          Open folder
        </Button>
        <Button size="small" onClick={() => runCommand('registry:openFile')}>
          Open file
        </Button>
      </SettingRow>
      <SettingRow title="Sample library" note="Well-known models with real figures, kept in the data folder">
        <Button size="small" onClick={() => runCommand('registry:sample')}>
          Use the sample library
        </Button>
      </SettingRow>
    </Panel>
  )
}

function ManualGpus() {
  const gpus = useSettings((state) => state.settings.manual_gpus)
  return (
    <Panel title="GPUs added by hand" padded={false}>
      {gpus.length === 0 && <p className="body small dim">None. Cards are added on the Estimator, under GPU.</p>}
      {gpus.map((gpu, index) => (
        <SettingRow
          key={`${gpu.name}/${gpu.total_bytes}`}
          title={gpu.name}
          note={`${formatSize(gpu.total_bytes)} visible to the engine`}
        >
          <IconButton
            icon="x"
            label={`Remove ${gpu.name}`}
            onClick={() => void updateSettings({ manual_gpus: gpus.filter((_, other) => other !== index) })}
          />
        </SettingRow>
      ))}
    </Panel>
  )
}

function Maintenance() {
  return (
    <Panel title="Maintenance" padded={false}>
      <SettingRow title="Re-extract, reconcile, backups" note="Each starts with a dry run and can be taken back">
        <Button icon="wrench" size="small" onClick={() => goTo('maintenance')}>
          Open Maintenance
        </Button>
      </SettingRow>
    </Panel>
  )
}
