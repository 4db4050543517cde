import { type KeyboardEvent, useRef } from 'react'

interface SegmentedProps<T extends string> {
  /** Name of the group: "Engine". */
  readonly label: string
  readonly options: readonly { readonly value: T; readonly label: string; readonly disabledBecause?: string }[]
  readonly value: T
  readonly onChange: (value: T) => void
  readonly small?: boolean
}

const STEP: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }

/** One of few, as a radio group: one tab stop, arrows move and choose, Home and End go to the ends. */
export function Segmented<T extends string>({ label, options, value, onChange, small }: SegmentedProps<T>) {
  const group = useRef<HTMLDivElement>(null)
  const usable = options.filter((option) => option.disabledBecause === undefined)

  function choose(index: number) {
    const next = usable[(index + usable.length) % usable.length]
    if (next === undefined) return
    onChange(next.value)
    group.current?.querySelector<HTMLButtonElement>(`[data-value="${CSS.escape(next.value)}"]`)?.focus()
  }
  function onKeyDown(event: KeyboardEvent) {
    const at = usable.findIndex((option) => option.value === value)
    const step = STEP[event.key]
    if (step !== undefined) choose(at + step)
    else if (event.key === 'Home') choose(0)
    else if (event.key === 'End') choose(usable.length - 1)
    else return
    event.preventDefault()
  }
  return (
    <div ref={group} className={small ? 'seg s' : 'seg'} role="radiogroup" aria-label={label} onKeyDown={onKeyDown}>
      {options.map((option) => (
        // biome-ignore lint/a11y/useSemanticElements: buttons in a radio group, as ARIA's pattern describes
        <button
          key={option.value}
          type="button"
          role="radio"
          data-value={option.value}
          aria-checked={option.value === value}
          tabIndex={option.value === value ? 0 : -1}
          disabled={option.disabledBecause !== undefined}
          title={option.disabledBecause}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  )
}
