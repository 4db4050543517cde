import { fail, ok, type Result } from '#shared/domain/result'
import { SettingRow, TextField } from '../../../components/fields'
import { Panel } from '../../../components/panel'
import { formatDecimal } from '../../../format/numbers'
import { updateSettings, useSettings } from '../../../stores/settings'

const MOST_GIB = 1000

/** GiB from 0 to 1000, a comma for the point allowed. Error: BAD_VALUE. */
function parseMargin(text: string): Result<number> {
  const value = text.trim() === '' ? Number.NaN : Number(text.trim().replace(',', '.'))
  return value >= 0 && value <= MOST_GIB
    ? ok(value)
    : fail('BAD_VALUE', `Write GiB from 0 to ${MOST_GIB}, such as 0.5.`)
}

export function EstimatesPanel() {
  const margin = useSettings((state) => state.settings.extra_margin_gib) ?? 0
  return (
    <Panel title="Estimates" padded={false}>
      <SettingRow
        title="Extra margin"
        note="Counts as tight when less than this is spare beyond the estimate’s own doubt; on the command line --margin"
      >
        <span className="field-unit">
          <TextField
            numeric
            size={6}
            label="Extra margin, GiB"
            value={formatMargin(margin)}
            parse={parseMargin}
            onCommit={(text) => {
              const read = parseMargin(text)
              if (read.ok) void updateSettings({ extra_margin_gib: read.value })
            }}
          />
          GiB
        </span>
      </SettingRow>
    </Panel>
  )
}

/** `0.0`, `0.5`, `1.25`: at least one decimal, none dropped. */
function formatMargin(gib: number): string {
  return Number.isInteger(gib * 10) ? formatDecimal(gib, 1) : String(gib)
}
