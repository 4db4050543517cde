/** Placeholder until the page is written. */
export function MaintenancePage() {
  return (
    <div className="toolbar">
      <h1>Maintenance</h1>
    </div>
  )
}
