/** The bytes of an asar archive with the given `[name, content]` files at its top level. */
export function writeAsar(files) {
  const header = { files: {} }
  let offset = 0
  for (const [name, content] of files) {
    header.files[name] = { size: content.length, offset: String(offset) }
    offset += content.length
  }
  const json = Buffer.from(JSON.stringify(header))
  const padding = (4 - (json.length % 4)) % 4
  // Two nested Chromium pickles: each starts with its payload's size, strings are padded to four bytes.
  const sizes = [4, 8 + json.length + padding, 4 + json.length + padding, json.length]
  const head = Buffer.alloc(16)
  for (const [index, size] of sizes.entries()) head.writeUInt32LE(size, index * 4)
  return Buffer.concat([head, json, Buffer.alloc(padding), ...files.map(([, content]) => content)])
}
