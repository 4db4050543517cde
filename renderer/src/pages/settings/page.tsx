/** Placeholder until the page is written. */
export function SettingsPage() {
  return (
    <div className="toolbar">
      <h1>Settings</h1>
    </div>
  )
}
