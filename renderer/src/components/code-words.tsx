/** Text in which code stands between backticks: "`--enforce-eager` frees 0.3 GiB". */
export function CodeWords({ text }: { readonly text: string }) {
  const pieces = text.split('`').map((piece, index) => ({ piece, isCode: index % 2 === 1, key: `${index}:${piece}` }))
  return pieces.map(({ piece, isCode, key }) => (isCode ? <code key={key}>{piece}</code> : piece))
}
