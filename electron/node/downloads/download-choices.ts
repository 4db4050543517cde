import { ok, type Result } from '#shared/domain/result'
import { type DownloadLimits } from '#shared/ipc/downloads'
import { type SettingsStore } from '../settings/settings-store'

/** What a person chose for downloads, remembered in the settings: limits, and the folder for new ones. */
export class DownloadChoices {
  private known: DownloadLimits | undefined

  constructor(
    private readonly settings: Pick<SettingsStore, 'read' | 'update'>,
    private readonly usualFolder: string,
  ) {}

  /** Limits in force; empty until `limits` was asked for once. */
  get current(): DownloadLimits {
    return this.known ?? {}
  }

  async limits(): Promise<DownloadLimits> {
    if (this.known === undefined) {
      const stored = await this.settings.read()
      this.known ??= (stored.ok ? stored.value.download_limits : undefined) ?? {}
    }
    return this.known
  }

  /** In force at once; an error says that they are not remembered. */
  async setLimits(limits: DownloadLimits): Promise<Result<void>> {
    this.known = limits
    const isNone = Object.keys(limits).length === 0
    const saved = await this.settings.update({ download_limits: isNone ? undefined : limits })
    return saved.ok ? ok(undefined) : saved
  }

  async folder(): Promise<{ readonly path: string; readonly isUsual: boolean }> {
    const stored = await this.settings.read()
    const chosen = stored.ok ? stored.value.downloads_folder : undefined
    return { path: chosen ?? this.usualFolder, isUsual: chosen === undefined }
  }

  async setFolder(path: string | undefined): Promise<Result<void>> {
    const isUsual = path === undefined || path === this.usualFolder
    const saved = await this.settings.update({ downloads_folder: isUsual ? undefined : path })
    return saved.ok ? ok(undefined) : saved
  }
}
