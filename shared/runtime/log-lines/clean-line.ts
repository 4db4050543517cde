/** Escape sequences that colour a terminal or move its cursor. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is being removed
const ANSI = /\x1b\[[0-9;?]*[A-Za-z]/g
/** `service  | ` of container logs. */
const CONTAINER = /^[\w.-]+\s*\| /
/** Nothing of interest is longer; progress bars and config dumps of hostile length are cut. */
const MAX_LENGTH = 65_536

/**
 * A raw log line as the lines a person would have seen: progress bars end in a carriage return and glue onto real
 * lines, colours and container prefixes go.
 */
export function cleanLines(raw: string): readonly string[] {
  return raw
    .split('\r')
    .map((part) => part.slice(0, MAX_LENGTH).replace(ANSI, '').replace(CONTAINER, '').trimEnd())
    .filter((part) => part !== '')
}

/** `1,048,576`, `0.26`, `-3.58`: vLLM separates thousands by commas or not at all. */
export function readNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text.replaceAll(',', ''))
  return text !== '' && Number.isFinite(value) ? value : undefined
}

/** `3840.00` or, in some locales, `3840,00`: llama.cpp never separates thousands. */
export function readDecimal(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  return readNumber(/^\d+,\d{1,4}$/.test(text) ? text.replace(',', '.') : text)
}

/** Engines whose logs look alike but whose memory Headroom does not model. */
const strangers = [
  ['SGLang', /\bserver_args=ServerArgs\(|sglang\.launch_server|site-packages\/sglang\//],
  ['TensorRT-LLM', /\[TRT-LLM\]|TensorRT-LLM version/],
  ['LMDeploy', /\blmdeploy - (?:INFO|WARNING|ERROR)\b/],
] as const

/** Name of a foreign engine that this line gives away. */
export function strangerOf(line: string): string | undefined {
  return strangers.find(([, pattern]) => pattern.test(line))?.[0]
}
