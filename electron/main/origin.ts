/** The window's own address. A custom standard scheme, so that nothing ever runs under `file:`. */
export const appScheme = 'app'
export const appHost = 'window'
export const appOrigin = `${appScheme}://${appHost}`

/** Whether a URL belongs to the window: same scheme and host, parsed rather than compared as text. */
export function isOwnUrl(url: string, origin: string): boolean {
  if (!URL.canParse(url)) return false
  const own = new URL(origin)
  const asked = new URL(url)
  return asked.protocol === own.protocol && asked.host === own.host && asked.username === '' && asked.password === ''
}
