import { useMemo } from 'react'
import { type PlanGpu } from '#shared/estimator/request'
import { planGpuOf } from '#shared/estimator-request/plan-gpus'
import { type Lookup } from '#shared/ipc/downloads'
import { Button } from '../../../components/button'
import { CommandLine } from '../../../components/command-line'
import { Check } from '../../../components/fields'
import { Note } from '../../../components/note'
import { Panel } from '../../../components/panel'
import { foreignText } from '../../../format/foreign-text'
import { formatInteger, formatSize, plural } from '../../../format/numbers'
import { addChosen, readWithSupport, useDownloads } from '../../../stores/downloads'
import { useGpus } from '../../../stores/gpus'
import { useSettings } from '../../../stores/settings'
import { ASKED } from '../fit-of-header'
import { downloadCommands, lookupNote, spaceText } from '../view-model'
import { VariantTable } from './variant-table'

/** One repository: its variants with size and fit, and the button that fetches the ticked ones. */
export function LookupPanel({ lookup }: { readonly lookup: Lookup }) {
  const gpu = useCard()
  const onCard =
    gpu === undefined ? 'No GPU known: add one on the Estimator page' : `Fit for ${gpu.name ?? 'this card'}`
  return (
    <Panel
      title={foreignText(lookup.repository, 120)}
      note={lookupNote(lookup)}
      padded={false}
      actions={
        <span className="small dim">
          {onCard}, {formatInteger(ASKED.contextTokens)} tokens × {ASKED.batch}
        </span>
      }
      footer={<Choice lookup={lookup} />}
    >
      <SupportNote lookup={lookup} />
      <VariantTable lookup={lookup} gpu={gpu} />
    </Panel>
  )
}

/** The first detected card, else the first added by hand. */
function useCard(): PlanGpu | undefined {
  const detected = useGpus((state) => state.detected)
  const manual = useSettings((state) => state.settings.manual_gpus)
  return useMemo(() => {
    const [first] = detected
    if (first !== undefined) return planGpuOf(first)
    const [own] = manual
    return own === undefined ? undefined : { name: own.name, totalBytes: own.total_bytes, source: 'manual' }
  }, [detected, manual])
}

/** A repository without a config: its base model can lend one, if the person agrees. */
function SupportNote({ lookup }: { readonly lookup: Lookup }) {
  const support = useDownloads((state) => state.support)
  const base = lookup.base_model
  if (lookup.has_config || base === undefined) return null
  return (
    <div className="body">
      <Note
        kind="info"
        actions={
          <Button size="small" onClick={() => void readWithSupport(lookup, support === '' ? base : '')}>
            {support === '' ? `Use ${foreignText(base, 80)}` : 'Do not use it'}
          </Button>
        }
      >
        This repository has no config.json.{' '}
        {support === '' ? 'Its base model can lend one' : 'Its base model lends one'}: {foreignText(base, 120)}.
      </Note>
    </div>
  )
}

function Choice({ lookup }: { readonly lookup: Lookup }) {
  const chosen = useDownloads((state) => state.chosen)
  const withArchitecture = useDownloads((state) => state.withArchitecture)
  const endpoint = useDownloads((state) => state.endpoint)
  const support = useDownloads((state) => state.support)
  const ticked = lookup.variants.filter(({ label }) => chosen.includes(label))
  const bytes = ticked.reduce((sum, variant) => sum + variant.download_bytes, 0)
  const space = spaceText(lookup, bytes)
  const what = ticked.length === 1 ? (ticked[0]?.label ?? '') : plural(ticked.length, 'variant')
  const blockedBy =
    ticked.length === 0 ? 'Tick a variant first' : space.fits ? undefined : 'The disk has too little room'
  return (
    <>
      <span className="small">{ticked.length === 0 ? 'Tick what you want to download.' : space.text}</span>
      <span className="push" />
      {ticked.length > 0 && (
        <CommandLine command={downloadCommands(lookup, { labels: chosen, withArchitecture, endpoint, support })} />
      )}
      <Check checked={withArchitecture} onChange={(checked) => useDownloads.setState({ withArchitecture: checked })}>
        <span className="small">Read architecture afterwards</span>
      </Check>
      <Button variant="primary" blockedBy={blockedBy} onClick={() => void addChosen(lookup)}>
        {ticked.length === 0 ? 'Download' : `Download ${foreignText(what, 60)}, ${formatSize(bytes)}`}
      </Button>
    </>
  )
}
