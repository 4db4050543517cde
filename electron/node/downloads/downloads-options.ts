import { type Result } from '#shared/domain/result'
import { type RegistryService } from '../registry/registry-service'
import { type Services } from '../services'

export interface DownloadsOptions {
  readonly services: Pick<Services, 'world' | 'inspector' | 'settings' | 'hardware'>
  /** The registry to fill; made when there is none yet. */
  registry(): Promise<Result<RegistryService>>
  /** The registry that is open, for reading; never made. Default: `registry`. */
  currentRegistry?(): Promise<Result<RegistryService>>
  /** From the system's secret store. */
  readToken(): Promise<string | undefined>
  /** At most a few times a second. */
  changed(): void
  labelOf(path: string): string
}
