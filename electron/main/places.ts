import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { app } from 'electron'
import { appOrigin } from './origin'

const outDir = join(import.meta.dirname, '..')
/** Set by the development server only; a package never listens to it. */
const developmentUrl = app.isPackaged ? undefined : process.env['ELECTRON_RENDERER_URL']

export const bundleDir = join(outDir, 'renderer')
export const preloadFile = join(outDir, 'preload', 'preload.cjs')
export const pageUrl = developmentUrl ?? `${appOrigin}/index.html`
export const pageOrigin = developmentUrl === undefined ? appOrigin : new URL(developmentUrl).origin
/** Built beside this file: untrusted files are parsed there. */
export const parseWorkerUrl = pathToFileURL(join(import.meta.dirname, 'parse-worker.js'))
