import { type DragEvent, type KeyboardEvent, useState } from 'react'
import { type DownloadItem } from '#shared/ipc/downloads'
import { foreignText } from '../../format/foreign-text'
import { moveBy } from '../../stores/downloads'

export interface Reorder {
  /** Being dragged, and the row it would take the place of. */
  readonly dragged?: string
  readonly over?: string
  /** For assistive technology, after a move. */
  readonly spoken: string
  readonly onKeyDown: (event: KeyboardEvent, id: string) => void
  readonly onDragStart: (event: DragEvent, id: string) => void
  readonly onDragOver: (event: DragEvent, id: string) => void
  readonly onDrop: (event: DragEvent, id: string) => void
  readonly onDragEnd: () => void
}

/** A kind of its own, so that a dragged row is not taken for a file dropped on the window. */
const KIND = 'application/x-headroom-download'

/** The order of the queue: Alt+Up and Alt+Down on a row's handle, or the handle dragged to another row. */
export function useReorder(items: readonly DownloadItem[]): Reorder {
  const [drag, setDrag] = useState<{ readonly id: string; readonly over?: string }>()
  const [spoken, setSpoken] = useState('')
  const indexOf = (id: string) => items.findIndex((item) => item.id === id)

  async function move(id: string, places: number): Promise<void> {
    const to = indexOf(id) + places
    const item = items[indexOf(id)]
    if (item === undefined || places === 0 || to < 0 || to >= items.length) return
    await moveBy(id, places)
    setSpoken(`${foreignText(item.title, 120)} is now ${to + 1} of ${items.length}.`)
    // The row was moved in the document, and with it went the focus.
    document.getElementById(handleId(id))?.focus()
  }

  return {
    ...(drag === undefined ? {} : { dragged: drag.id }),
    ...(drag?.over === undefined ? {} : { over: drag.over }),
    spoken,
    onKeyDown: (event, id) => {
      if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return
      event.preventDefault()
      void move(id, event.key === 'ArrowUp' ? -1 : 1)
    },
    onDragStart: (event, id) => {
      event.dataTransfer.setData(KIND, id)
      event.dataTransfer.effectAllowed = 'move'
      setDrag({ id })
    },
    onDragOver: (event, id) => {
      if (drag === undefined) return
      event.preventDefault()
      event.stopPropagation()
      if (drag.over !== id) setDrag({ ...drag, over: id })
    },
    onDrop: (event, id) => {
      if (drag === undefined) return
      event.preventDefault()
      event.stopPropagation()
      void move(drag.id, indexOf(id) - indexOf(drag.id))
      setDrag(undefined)
    },
    onDragEnd: () => setDrag(undefined),
  }
}

export function handleId(id: string): string {
  return `reorder-${id}`
}
