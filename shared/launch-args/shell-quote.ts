export const shells = ['sh', 'powershell'] as const
export type Shell = (typeof shells)[number]

/**
 * One argument as it must be typed so that the program receives exactly this text. NUL cannot be an argument of any
 * program and is taken out visibly (as U+FFFD).
 */
export function shellQuote(argument: string, shell: Shell = 'sh'): string {
  const text = argument.replaceAll('\0', '\uFFFD')
  switch (shell) {
    case 'sh':
      // POSIX shell, 2.2.2: between single quotes every character is itself
      if (/^[\w@%+=:,./-]+$/.test(text) && !text.startsWith('=')) return text
      return `'${text.replaceAll("'", `'\\''`)}'`
    case 'powershell':
      return quoteForPowerShell(text)
  }
}

/** A whole command line. */
export function shellCommand(words: readonly string[], shell: Shell = 'sh'): string {
  const [program = '', ...rest] = words
  const quoted = rest.map((word) => shellQuote(word, shell))
  const command = shellQuote(program, shell)
  // PowerShell takes a quoted program for a text unless it is called
  const isCall = shell === 'powershell' && command !== program
  return [isCall ? `& ${command}` : command, ...quoted].join(' ')
}

/**
 * PowerShell 7.3 and newer pass the text between single quotes on unchanged; typographic quotes end a text there too,
 * so each kind is doubled. Words that PowerShell itself reads (`@x`, `-x:y`, commas) are always quoted.
 */
function quoteForPowerShell(text: string): string {
  if (/^[\w./\\][\w./\\=+-]*$/.test(text) || /^--?[A-Za-z][\w-]*$/.test(text)) return text
  return `'${text.replace(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`
}
