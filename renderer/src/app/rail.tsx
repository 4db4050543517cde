import { Icon } from '../components/icon'
import { useDownloadMessages, useDownloads } from '../stores/downloads'
import { useJobs } from '../stores/jobs'
import { goTo, useNavigation } from '../stores/navigation'
import { routes } from './routes'
import { isMacPlatform, shortcutWords } from './shortcut'

/** The five pages. */
export function Rail() {
  const page = useNavigation((state) => state.page)
  const running = useJobs((state) => Object.keys(state.running).length)
  const downloads = useDownloads((state) => state.queue?.items.length ?? 0)
  useDownloadMessages()
  const mac = isMacPlatform()
  return (
    <nav className="rail" aria-label="Pages">
      {routes.map((route) => (
        <a
          key={route.id}
          href={`#${route.id}`}
          className={route.id === 'settings' ? 'last' : undefined}
          aria-current={route.id === page ? 'page' : undefined}
          title={`${route.label} (${shortcutWords(route.shortcut, mac)})`}
          onClick={(event) => {
            event.preventDefault()
            goTo(route.id)
          }}
        >
          <Icon name={route.icon} />
          <span className="label">{route.label}</span>
          {route.id === 'downloads' && downloads > 0 && (
            <span className="count">
              {downloads}
              <span className="sr"> in the queue</span>
            </span>
          )}
          {route.id === 'maintenance' && running > 0 && (
            <span className="count">
              {running}
              <span className="sr"> running</span>
            </span>
          )}
        </a>
      ))}
    </nav>
  )
}
