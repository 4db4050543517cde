import { SettingRow } from '../../../components/fields'
import { Panel } from '../../../components/panel'
import { Segmented } from '../../../components/segmented'
import { updateSettings, useSettings } from '../../../stores/settings'

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
const MOTIONS = [
  { value: 'system', label: 'System' },
  { value: 'reduce', label: 'Reduced' },
] as const

export function AppearancePanel() {
  const { theme, contrast, motion } = useSettings((state) => state.settings)
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
      <SettingRow title="Motion" note="Reduced motion removes transitions">
        <Segmented
          label="Motion"
          options={MOTIONS}
          value={motion ?? 'system'}
          onChange={(value) => void updateSettings({ motion: value })}
        />
      </SettingRow>
    </Panel>
  )
}
