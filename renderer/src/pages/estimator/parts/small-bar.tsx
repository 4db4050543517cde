import { formatGib } from '../../../format/numbers'
import { type BarView, partNames } from '../memory-parts'

interface SmallBarProps {
  readonly bar: BarView
  readonly name: string
  readonly scaleBytes: number
}

const TOP = 14
const HEIGHT = 10

/** One card that does not decide: the same parts on the same scale, without figures on them. */
export function SmallBar({ bar, name, scaleBytes }: SmallBarProps) {
  const percent = (bytes: number) => `${((bytes / scaleBytes) * 100).toFixed(3)}%`
  const words = `${formatGib(bar.totalBytes)} of ${formatGib(bar.budgetBytes)} GiB budget`
  const shown = bar.parts.filter(({ key, bytes }) => bytes > 0 && !bar.besideBudget.includes(key))
  const parts = shown.map(({ key, bytes }) => `${partNames[key]} ${formatGib(bytes)}`).join(', ')
  const starts = shown.map((_part, index) => shown.slice(0, index).reduce((sum, { bytes }) => sum + bytes, 0))
  return (
    <svg className="bar small" height="27" role="img" aria-label={`${name}: ${words}. ${parts}`}>
      <title>{`${name}: ${parts}`}</title>
      <text x="0" y="10" className="mark">
        {name} <tspan>{words}</tspan>
      </text>
      <rect x="0" y={TOP} height={HEIGHT} width={percent(bar.capacityBytes)} className="outside" />
      <rect x="0" y={TOP} height={HEIGHT} width={percent(bar.budgetBytes)} className="free" />
      {shown.map(({ key, bytes }, index) => (
        <rect
          key={key}
          x={percent(starts[index] ?? 0)}
          y={TOP}
          height={HEIGHT}
          width={percent(bytes)}
          className={`seg ${key}`}
        />
      ))}
      <rect x="0" y={TOP} height={HEIGHT} width={percent(bar.capacityBytes)} className="frame" />
      <line x1={percent(bar.budgetBytes)} x2={percent(bar.budgetBytes)} y1="11" y2="27" className="budget" />
    </svg>
  )
}
