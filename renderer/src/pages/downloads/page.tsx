/** Placeholder until the page is written. */
export function DownloadsPage() {
  return (
    <div className="toolbar">
      <h1>Downloads</h1>
    </div>
  )
}
