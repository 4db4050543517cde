interface ProgressProps {
  /** What is going on: "Reading headers". Named for assistive technology, shown to the left. */
  readonly label: string
  readonly done: number
  /** 0: not known yet, the bar moves without an end. */
  readonly total: number
  /** Behind the numbers, e.g. the file being read. */
  readonly detail?: string
}

/** Progress of a job over about one second. Cancel belongs in the panel's actions. */
export function Progress({ label, done, total, detail }: ProgressProps) {
  return (
    <div className="stack tightly">
      <div className="row between small">
        <span>
          {label}
          {total > 0 && `, ${done.toLocaleString('en-GB')} of ${total.toLocaleString('en-GB')}`}
        </span>
      </div>
      {total > 0 ? <progress max={total} value={done} aria-label={label} /> : <progress aria-label={label} />}
      {detail !== undefined && <span className="small dim cut">{detail}</span>}
    </div>
  )
}
