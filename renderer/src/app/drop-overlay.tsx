import { useEffect } from 'react'
import { Icon } from '../components/icon'
import { setDragging, useShell } from '../stores/shell'
import { inspectDropped } from './inspect'

function carriesFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false
}

/** Files may be dropped anywhere in the window; while they hover, the overlay says what will happen. */
export function DropOverlay() {
  const dragging = useShell((state) => state.dragging)
  useEffect(() => {
    // Both events must be prevented, or the window would navigate to the file.
    function onDragOver(event: DragEvent) {
      event.preventDefault()
      if (carriesFiles(event)) setDragging(true)
    }
    function onDragLeave(event: DragEvent) {
      if (event.relatedTarget === null) setDragging(false)
    }
    function onDrop(event: DragEvent) {
      event.preventDefault()
      setDragging(false)
      void inspectDropped([...(event.dataTransfer?.files ?? [])])
    }
    window.addEventListener('dragover', onDragOver)
    window.addEventListener('dragleave', onDragLeave)
    window.addEventListener('drop', onDrop)
    return () => {
      window.removeEventListener('dragover', onDragOver)
      window.removeEventListener('dragleave', onDragLeave)
      window.removeEventListener('drop', onDrop)
    }
  }, [])
  if (!dragging) return null
  return (
    <div className="drop-overlay">
      <div className="drop">
        <Icon name="download" />
        <p className="strong">Drop to estimate</p>
        <p className="small two">A .gguf file, a config.json or a model folder. Nothing is copied or registered.</p>
      </div>
    </div>
  )
}
