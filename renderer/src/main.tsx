import { createRoot } from 'react-dom/client'
import { config } from 'zod'
import { App } from './app/app'
import './styles/tokens.css'
import './styles/base.css'
import './styles/shell.css'
import './styles/controls.css'
import './styles/panels.css'
import './styles/badges.css'
import './styles/memory-bar.css'
import './styles/overlays.css'
import './styles/estimator.css'
import './styles/pages.css'
import './styles/responsive.css'

// The page's policy forbids eval: without this zod tries it once and the attempt counts as a violation.
config({ jitless: true })

const host = document.getElementById('root')
if (host === null) throw new Error('index.html has no #root')

if (import.meta.env.DEV && new URLSearchParams(location.search).has('fake')) {
  const { installFakeApi } = await import('./test/fake-api')
  installFakeApi()
}
createRoot(host).render(<App />)
