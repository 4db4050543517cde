import { useEffect, useState } from 'react'
import { type HeadroomError } from '#shared/domain/result'
import { type ModelDetails } from '#shared/ipc/entry-schemas'
import { call } from '../../api/call'
import { useRegistry } from '../../stores/registry'

interface Details {
  readonly value?: ModelDetails
  readonly error?: HeadroomError
}

/** What the drawer shows beyond the list, read again whenever the registry changes; the old answer stays meanwhile. */
export function useDetails(id: string): Details {
  const revision = useRegistry((state) => state.view?.revision)
  const [details, setDetails] = useState<Details>({})
  // biome-ignore lint/correctness/useExhaustiveDependencies: the revision makes it worth asking again
  useEffect(() => {
    let isCurrent = true
    void call('models:details', { id }).then((reply) => {
      if (isCurrent) setDetails(reply.ok ? { value: reply.value } : { error: reply.error })
    })
    return () => {
      isCurrent = false
    }
  }, [id, revision])
  return details
}
