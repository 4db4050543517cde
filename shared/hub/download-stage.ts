/** What a download is doing, in this order. */
export const downloadStages = ['waiting', 'downloading', 'verifying', 'reading', 'registering'] as const
export type DownloadStage = (typeof downloadStages)[number]

/** Where a download is. Bytes count over all its files: fetched while downloading, hashed while verifying. */
export interface DownloadProgress {
  readonly stage: DownloadStage
  readonly doneBytes: number
  readonly totalBytes: number
  readonly filesDone: number
  readonly files: number
  /** A file that another process is fetching; this one waits for it. */
  readonly waitingFor?: string
}
