import { CSPProvider } from '@base-ui/react/csp-provider'

/** The window. */
export function App() {
  return (
    <CSPProvider disableStyleElements>
      <main />
    </CSPProvider>
  )
}
