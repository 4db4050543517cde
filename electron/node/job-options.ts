/** How a caller follows and stops a long piece of work. */
export interface JobOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: { readonly done: number; readonly total: number; readonly label: string }) => void
}
