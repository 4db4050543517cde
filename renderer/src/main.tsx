// First of all imports: it must run before the first schema is made.
import './app/zod-without-eval'

import { createRoot } from 'react-dom/client'
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

const host = document.getElementById('root')
if (host === null) throw new Error('index.html has no #root')

if (import.meta.env.DEV && new URLSearchParams(location.search).has('fake')) {
  const { installFakeApi } = await import('./test/fake-api')
  installFakeApi()
}
createRoot(host).render(<App />)
