import { type ExportedText, type ExportRequest } from './exports'

/** A docker compose service. Strings are written as JSON, which YAML reads as its own double-quoted scalars. */
export function composeService(request: ExportRequest, words: readonly string[]): ExportedText {
  const isVllm = request.dialect === 'vllm'
  const port = request.port !== undefined && request.port > 0 ? request.port : isVllm ? 8000 : 8080
  const isPath = /^(\/|[A-Za-z]:[\\/])/.test(request.model)
  // the images start the engine themselves: `vllm serve` or `llama-server` is their entry point
  const command = isVllm ? ['--model', ...words.slice(2)] : ['--host', '0.0.0.0', ...words.slice(1)]
  const lines = [
    'services:',
    `  ${serviceName(request.name)}:`,
    `    image: ${isVllm ? 'vllm/vllm-openai:latest' : 'ghcr.io/ggml-org/llama.cpp:server-cuda'}`,
    '    command:',
    ...command.map((word) => `      - ${yamlText(word)}`),
    '    ports:',
    `      - "${port}:${port}"`,
    ...(isPath ? ['    volumes:', '      - type: bind', `        source: ${yamlText(request.model)}`] : []),
    ...(isPath ? [`        target: ${yamlText(request.model)}`, '        read_only: true'] : []),
    ...(isVllm ? ['    ipc: host'] : []),
    '    deploy:',
    '      resources:',
    '        reservations:',
    '          devices:',
    '            - driver: nvidia',
    '              count: all',
    '              capabilities: [gpu]',
    '',
  ]
  const defaultPort = isVllm ? 8000 : 8080
  const hint = request.port === undefined ? [`The port is the engine's default, ${defaultPort}.`] : []
  return { fileName: 'compose.yaml', text: lines.join('\n'), warnings: hint }
}

/** A systemd service. Every word is quoted by the rules of systemd.service(5) and systemd.syntax(7). */
export function systemdUnit(request: ExportRequest, words: readonly string[]): ExportedText {
  const [program = '', ...rest] = words
  const lines = [
    '[Unit]',
    `Description=${request.name.replace(/[\r\n]+/g, ' ').replaceAll('%', '%%')}`,
    'After=network-online.target',
    'Wants=network-online.target',
    '',
    '[Service]',
    `ExecStart=${['/usr/bin/env', program, ...rest].map(systemdWord).join(' ')}`,
    'Restart=on-failure',
    '',
    '[Install]',
    'WantedBy=default.target',
    '',
  ]
  const warnings = ['The engine must be in the PATH of the service; give its full path if it is not.']
  return { fileName: `${serviceName(request.name)}.service`, text: lines.join('\n'), warnings }
}

/** `$` starts a variable in compose files, so it is doubled. */
function yamlText(text: string): string {
  const printable = JSON.stringify(text).replace(
    /[\u007f-\u00a0\u2028\u2029\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return printable.replaceAll('$', '$$$$')
}

/** `%` starts a specifier and `$` a variable: both are doubled; quotes and control characters are escaped in C style. */
function systemdWord(word: string): string {
  const doubled = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  if (/^[\w@%+=:,./$-]+$/.test(doubled) && doubled !== '') return doubled
  const escaped = doubled
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
  return `"${escaped}"`
}

function serviceName(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9_-]+/g, '-')
      .replace(/^[-_]+|[-_]+$/g, '') || 'model'
  )
}
