import { type Lookup } from '#shared/ipc/downloads'
import { Button } from '../../../components/button'
import { Note } from '../../../components/note'
import { Panel } from '../../../components/panel'
import { Progress } from '../../../components/progress'
import { foreignText } from '../../../format/foreign-text'
import { formatInteger, plural } from '../../../format/numbers'
import { useDownloads } from '../../../stores/downloads'
import { readMissingHeaders, stopLooking, useLookup } from '../../../stores/downloads-lookup'
import { ASKED } from '../fit-of-header'
import { lookupNote, readingOf } from '../lookup-view'
import { useCard } from '../use-card'
import { ChoiceFooter } from './choice-footer'
import { FileChoice } from './file-choice'
import { SupportNote } from './support-note'
import { VariantTable } from './variant-table'

/** One repository: its variants with size and fit, and the button that fetches the ticked ones. */
export function LookupPanel({ lookup }: { readonly lookup: Lookup }) {
  const gpu = useCard()
  const onCard = gpu === undefined ? 'No GPU known' : `Fit for ${gpu.name ?? 'this card'}`
  return (
    <Panel
      title={foreignText(lookup.repository, 120)}
      note={lookupNote(lookup)}
      padded={false}
      className="lookup"
      actions={
        <span
          className="small dim nowrap"
          title={gpu === undefined ? 'Add a card on the Estimator page to see what fits.' : undefined}
        >
          {onCard}, {formatInteger(ASKED.contextTokens)} tokens × {ASKED.batch}
        </span>
      }
      footer={<ChoiceFooter lookup={lookup} />}
    >
      <Notes lookup={lookup} />
      <VariantTable lookup={lookup} gpu={gpu} />
      <FileChoice lookup={lookup} />
    </Panel>
  )
}

function Notes({ lookup }: { readonly lookup: Lookup }) {
  return (
    <div className="lookup-notes">
      {lookup.gated && <Gated />}
      {lookup.variants.length === 0 && (
        <Note kind="warn">
          There are no weights here that Headroom knows. Single files can still be fetched, below.
        </Note>
      )}
      <SupportNote lookup={lookup} />
      <Reading lookup={lookup} />
    </div>
  )
}

function Gated() {
  const hasToken = useDownloads((state) => state.queue?.token.stored === true)
  return (
    <Note kind={hasToken ? 'info' : 'warn'}>
      <span className="strong">Gated model.</span> Its owner asks everybody to accept a licence on the model page first;
      {hasToken
        ? ' your stored token must be of the account that did.'
        : ' the download then needs a token of that account.'}
    </Note>
  )
}

/** How far the headers are, with the way to stop; what failed, with the way to ask again. */
function Reading({ lookup }: { readonly lookup: Lookup }) {
  const headers = useLookup((state) => state.headers)
  const isReading = useLookup((state) => state.isReading)
  const { read, failed, total } = readingOf(lookup, headers)
  if (isReading) {
    return (
      <div className="row reading">
        <div className="grow">
          <Progress label="Reading headers" done={read} total={total} />
        </div>
        <Button size="small" icon="x" onClick={() => void stopLooking()}>
          Stop
        </Button>
      </div>
    )
  }
  const missing = total - read
  if (failed === 0 && missing === 0) return null
  const words = missing > 0 ? `${plural(missing, 'header')} not read` : `${plural(failed, 'header')} could not be read`
  return (
    <Note
      kind="info"
      actions={
        <Button size="small" icon="refresh" onClick={() => void readMissingHeaders()}>
          {missing > 0 ? 'Read on' : 'Try again'}
        </Button>
      }
    >
      {words}, so nothing can be said about the fit there. The download itself does not need it.
    </Note>
  )
}
