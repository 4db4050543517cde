const allowedHosts: ReadonlySet<string> = new Set(['huggingface.co', 'docs.vllm.ai', 'ollama.com', 'github.com'])

/** https, a known host on its usual port, no credentials. */
export function isAllowedExternalUrl(url: string): boolean {
  if (url.length > 2000 || !URL.canParse(url)) return false
  const { protocol, host, username, password } = new URL(url)
  return protocol === 'https:' && allowedHosts.has(host) && username === '' && password === ''
}
