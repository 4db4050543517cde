import { useCallback, useEffect, useState } from 'react'
import { type HeadroomError } from '#shared/domain/result'
import { type Reply } from '#shared/ipc/contract'
import { useRegistry } from '../../../stores/registry'

interface Reloaded<T> {
  readonly value?: T
  readonly error?: HeadroomError
}

/** Asks main for something that belongs to the registry, again whenever the registry changes. */
export function useReload<T>(ask: () => Promise<Reply<T>>) {
  const revision = useRegistry((state) => state.view?.revision)
  const [state, setState] = useState<Reloaded<T>>({})
  // The question itself never depends on what is rendered; only the revision makes it worth asking again.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const reload = useCallback(async () => {
    const reply = await ask()
    setState(reply.ok ? { value: reply.value } : { error: reply.error })
  }, [revision])
  useEffect(() => void reload(), [reload])
  return { ...state, reload }
}
