import { type ReactNode } from 'react'
import { Icon } from './icon'
import { Popover } from './popover'

/** What a field means: plain words, the formula it goes into, and where that formula or value comes from. */
export interface Explanation {
  readonly text: ReactNode
  readonly formula?: string
  readonly source?: string
}

/** A question mark behind a field; Enter or click explains it. `field` names it for assistive technology. */
export function WhatIsThis({ field, text, formula, source }: Explanation & { readonly field: string }) {
  const trigger = (
    <button type="button" className="what" aria-label={`What is ${field}?`} title={`What is ${field}?`}>
      <Icon name="ask" small />
    </button>
  )
  return (
    <Popover trigger={trigger} label={`About ${field}`}>
      <div className="stack about">
        <h2>{field}</h2>
        <p className="small">{text}</p>
        {formula !== undefined && <div className="formula">{formula}</div>}
        {source !== undefined && <p className="micro dim">{source}</p>}
      </div>
    </Popover>
  )
}
