import { type DownloadProgress } from '#shared/hub/download-stage'
import { type DownloadItem } from '#shared/ipc/downloads'
import { type QueuedDownload } from './queue-file'

/** One download of the queue while the program runs. */
export interface Live {
  item: QueuedDownload
  running?: { readonly stop: AbortController; readonly ended: Promise<void> }
  progress?: DownloadProgress
  rate?: number
  retry?: { readonly at: Date; readonly stop: () => void }
  attempts: number
}

/** Bytes that it still has to fetch. */
export function remaining({ item, progress }: Live): number {
  const done = progress?.stage === 'downloading' ? progress.doneBytes : item.done_bytes
  return progress !== undefined && progress.stage !== 'downloading' ? 0 : Math.max(0, item.total_bytes - done)
}

/** As the page shows it. */
export function itemView(
  { item, running, progress, rate, retry }: Live,
  folderLabel: string | undefined,
): DownloadItem {
  const { id, title, repository, error } = item
  return {
    id,
    title,
    repository,
    state: running === undefined ? item.state : 'running',
    stage: progress?.stage ?? (running === undefined ? 'waiting' : 'downloading'),
    done_bytes: progress?.doneBytes ?? item.done_bytes,
    total_bytes: progress?.totalBytes ?? item.total_bytes,
    files_done: progress?.filesDone ?? 0,
    files: item.paths.length,
    ...(folderLabel !== undefined && { folder_label: folderLabel }),
    ...(rate !== undefined && { bytes_per_second: rate }),
    ...(progress?.waitingFor !== undefined && { waiting_for: progress.waitingFor }),
    ...(error !== undefined && { error }),
    ...(retry !== undefined && { retry_at: retry.at.toISOString() }),
  }
}
