import { type Verdict } from '#shared/estimator/result'
import { Icon, type IconName } from './icon'

/** The four verdicts as words and glyphs; colour never stands alone. */
export const verdictWords: Readonly<Record<Verdict, { readonly word: string; readonly icon: IconName }>> = {
  fits: { word: 'Fits', icon: 'okay' },
  tight: { word: 'Tight', icon: 'warn' },
  does_not_fit: { word: 'Does not fit', icon: 'no' },
  unknown: { word: 'Unknown', icon: 'ask' },
}

/** Verdict inside a row. `title` says on what it rests: "8,192 tokens × 1 on RTX 4090". */
export function FitBadge({ verdict, title }: { readonly verdict: Verdict; readonly title?: string }) {
  const { word, icon } = verdictWords[verdict]
  return (
    <span className={`fit is-${verdict}`} title={title}>
      <Icon name={icon} small />
      {word}
    </span>
  )
}
