import { useState } from 'react'
import { parseRepoReference } from '#shared/hub/repo-reference'
import { type Lookup } from '#shared/ipc/downloads'
import { Button } from '../../../components/button'
import { Check, TextField } from '../../../components/fields'
import { Note } from '../../../components/note'
import { foreignText } from '../../../format/foreign-text'
import { readWithSupport, useLookup } from '../../../stores/downloads-lookup'

/** A repository without config or tokenizer: its base model (or any other) can lend them, if the person agrees. */
export function SupportNote({ lookup }: { readonly lookup: Lookup }) {
  const support = useLookup((state) => state.support)
  const missing = missingWords(lookup)
  if (missing === undefined && support === '') return null
  return support === '' ? <Offer lookup={lookup} missing={missing ?? ''} /> : <Lent lookup={lookup} support={support} />
}

/** `undefined` when nothing is missing. */
function missingWords({ has_config: hasConfig, has_tokenizer: hasTokenizer = true }: Lookup): string | undefined {
  if (hasConfig && hasTokenizer) return undefined
  if (!hasConfig && !hasTokenizer) return 'config.json and no tokenizer'
  return hasConfig ? 'tokenizer' : 'config.json'
}

function Offer({ lookup, missing }: { readonly lookup: Lookup; readonly missing: string }) {
  const [isTyping, setTyping] = useState(false)
  const { base_model: base } = lookup
  return (
    <Note
      kind="info"
      actions={
        <>
          {base !== undefined && (
            <Button size="small" onClick={() => void readWithSupport(lookup, base)}>
              {`Use ${foreignText(base, 60)}`}
            </Button>
          )}
          {!isTyping && (
            <Button size="small" variant="quiet" onClick={() => setTyping(true)}>
              {base === undefined ? 'Name a repository' : 'Another one'}
            </Button>
          )}
        </>
      }
    >
      This repository has no {missing}. {base === undefined ? 'Another repository' : 'Its base model'} can lend what is
      missing{base === undefined ? '.' : `: ${foreignText(base, 120)}.`} Nothing is taken without your word.
      {isTyping && (
        <TextField
          label="Repository that lends its config"
          value=""
          placeholder="owner/repository"
          parse={parseRepoReference}
          autoFocus
          small
          onCommit={(text) => void readWithSupport(lookup, text.trim())}
          onEscape={() => setTyping(false)}
        />
      )}
    </Note>
  )
}

function Lent({ lookup, support }: { readonly lookup: Lookup; readonly support: string }) {
  const places = useLookup((state) => state.placesSupport)
  return (
    <Note
      kind="good"
      actions={
        <Button size="small" onClick={() => void readWithSupport(lookup, '')}>
          Do not use it
        </Button>
      }
    >
      <span className="strong">{foreignText(support, 120)}</span> lends its config for the estimate, and the registry
      remembers it.
      <div className="second">
        <Check checked={places} onChange={(next) => useLookup.setState({ placesSupport: next })}>
          Also put missing config and tokenizer files into the model’s folder
        </Check>
      </div>
    </Note>
  )
}
