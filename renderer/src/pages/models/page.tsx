/** Placeholder until the page is written. */
export function ModelsPage() {
  return (
    <div className="toolbar">
      <h1>Models</h1>
    </div>
  )
}
