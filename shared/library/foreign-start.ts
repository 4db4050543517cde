/** What a file really is when it does not begin as its name promises, and what to do about it. */
export interface ForeignStart {
  readonly kind: 'git_lfs_pointer' | 'web_page' | 'json' | 'zeros' | 'zip' | 'old_ggml' | 'gguf'
  readonly message: string
  readonly hint: string
}

const downloadAgain = 'Download the file again, from a page that you may read (some models need a sign-in).'

/** Recognises the usual stand-ins for a model file by its first bytes (512 are enough); `undefined`: nothing known. */
export function describeForeignStart(head: Uint8Array): ForeignStart | undefined {
  const text = asciiStart(head)
  if (text.startsWith('version https://git-lfs.github.com/spec/')) return lfsPointer(text)
  const trimmed = text.replace(/^(?:\u00ef\u00bb\u00bf)?\s+|^\u00ef\u00bb\u00bf/, '').toLowerCase()
  if (/^<(?:!doctype|html|head|\?xml)/.test(trimmed)) {
    return { kind: 'web_page', message: 'This is a web page, not a model file.', hint: downloadAgain }
  }
  if (trimmed.startsWith('{')) {
    return { kind: 'json', message: 'This is a text in JSON, not a model file.', hint: downloadAgain }
  }
  if (text.startsWith('PK\u0003\u0004')) {
    return { kind: 'zip', message: 'This is a ZIP or PyTorch archive.', hint: 'Choose a GGUF or safetensors file.' }
  }
  if (text.startsWith('GGUF')) {
    return { kind: 'gguf', message: 'This is a GGUF file under another name.', hint: 'Rename it to end in .gguf.' }
  }
  // Byte orders of 'ggml', 'ggmf', 'ggjt', 'ggla' as little-endian numbers, before GGUF existed.
  if (/^(?:lmgg|fmgg|tjgg|algg)/.test(text)) {
    return {
      kind: 'old_ggml',
      message: 'This is a GGML file from before GGUF existed.',
      hint: 'Download the model again as GGUF.',
    }
  }
  if (head.length >= 4 && head.every((byte) => byte === 0)) {
    return {
      kind: 'zeros',
      message: 'This file begins with zeros only: it was reserved but never filled.',
      hint: 'The download did not finish: download the file again. If a cloud drive keeps it online, have it stored on this computer first.',
    }
  }
  return undefined
}

function lfsPointer(text: string): ForeignStart {
  const size = /\nsize (\d+)/.exec(text)?.[1]
  const stands = size === undefined ? 'the model file' : `the model file of ${size} bytes`
  return {
    kind: 'git_lfs_pointer',
    message: `This is a Git LFS pointer that stands for ${stands}; the file itself was not downloaded.`,
    hint: 'Run "git lfs pull" in the folder, or download the file again.',
  }
}

function asciiStart(head: Uint8Array): string {
  return String.fromCharCode(...head.subarray(0, 512))
}
