/** Written into the bundle by `vite.cli.config.ts`; absent when the sources run unbundled, as in unit tests. */
declare const HEADROOM_VERSION: string | undefined

export const VERSION: string = typeof HEADROOM_VERSION === 'string' ? HEADROOM_VERSION : '0.0.0-unbundled'
