import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type ExportRequest, exportKinds, exportKindsFor, exportLaunch, fileStem } from './exports'
import { type Shell, shellCommand, shellQuote } from './shell-quote'
import { tokenize } from './tokenize'

const nasty = fc.string({
  unit: fc.constantFrom(
    'a',
    ' ',
    "'",
    '"',
    '$',
    '`',
    '\\',
    '\n',
    '\t',
    '-',
    '=',
    '#',
    '%',
    '!',
    '*',
    '~',
    '{',
    'é',
    '😀',
    '‘',
    ';',
    '&',
    '(',
    '[',
    ':',
    ',',
  ),
})

/** What a real shell hands to a program: each argument ended by NUL. */
function throughShell(program: string, options: readonly string[], command: string): string[] | undefined {
  const run = spawnSync(program, [...options, command], { encoding: 'utf8' })
  if (run.error) return undefined
  return run.stdout.split('\0').slice(0, -1)
}

describe('shellQuote', () => {
  const hasSh = throughShell('sh', ['-c'], "printf '%s\\0' ok")?.[0] === 'ok'
  if (!hasSh) console.warn('No POSIX shell here: the round trip through sh is skipped.')

  it.skipIf(!hasSh)('comes through a real sh unchanged, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(nasty, { minLength: 1, maxLength: 30 }), (words) => {
        const command = `printf '%s\\0' ${words.map((word) => shellQuote(word)).join(' ')}`
        expect(throughShell('sh', ['-c'], command)).toEqual(words)
      }),
      { numRuns: 40 },
    )
  })

  const isWindows = process.platform === 'win32'
  it.skipIf(!isWindows)('comes through PowerShell unchanged', () => {
    fc.assert(
      fc.property(fc.array(nasty, { minLength: 1, maxLength: 20 }), (words) => {
        const list = words.map((word) => shellQuote(word, 'powershell')).join(',')
        const script = `foreach ($w in @(${list})) { [Console]::Out.Write($w + [char]0) }`
        expect(throughShell('pwsh', ['-NoProfile', '-Command'], script)).toEqual(words)
      }),
      { numRuns: 5 },
    )
  })

  it('is read back by our own tokeniser', () => {
    fc.assert(
      fc.property(fc.array(nasty), (words) => {
        const line = words.map((word) => shellQuote(word)).join(' ')
        expect(tokenize(line).tokens.map((token) => token.text)).toEqual(words)
      }),
    )
  })

  it.each<[string, Shell, string]>([
    ['plain', 'sh', 'plain'],
    ['--max-model-len=8192', 'sh', '--max-model-len=8192'],
    ['', 'sh', "''"],
    ["it's", 'sh', `'it'\\''s'`],
    ['~', 'sh', "'~'"],
    ['a\0b', 'sh', "'a\uFFFDb'"],
    ["it's ‘so’", 'powershell', "'it''s ‘‘so’’'"],
    ['$x', 'powershell', "'$x'"],
    ['a,b', 'powershell', "'a,b'"],
    ['--max-num-seqs', 'powershell', '--max-num-seqs'],
    ['', 'powershell', "''"],
  ])('%j for %s', (text, shell, quoted) => {
    expect(shellQuote(text, shell)).toBe(quoted)
  })

  it('calls a quoted program in PowerShell', () => {
    expect(shellCommand(['C:\\Program Files\\x.exe', '-a'], 'powershell')).toBe("& 'C:\\Program Files\\x.exe' -a")
  })
})

const vllm: ExportRequest = {
  kind: 'vllm-serve',
  name: 'Qwen3 8B (AWQ)',
  dialect: 'vllm',
  model: '/models/my model',
  extraArgs: ['--max-model-len', '8192', '--limit-mm-per-prompt', '{"image":1}', '--chat-template', 'a $b.jinja'],
  port: 24001,
}
const exported = (request: ExportRequest) => {
  const result = exportLaunch(request)
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}

describe('exportLaunch', () => {
  it('writes a command that a shell splits into the same words', () => {
    const { text } = exported(vllm)
    expect(tokenize(text).tokens.map((token) => token.text)).toEqual([
      'vllm',
      'serve',
      '/models/my model',
      '--port',
      '24001',
      ...vllm.extraArgs,
    ])
  })

  it('does not say the port twice', () => {
    const { text } = exported({ ...vllm, extraArgs: ['--port=1'] })
    expect(text).toBe("vllm serve '/models/my model' --port=1\n")
  })

  it('writes a compose service that YAML reads back word for word', () => {
    const { text } = exported({ ...vllm, kind: 'docker-compose' })
    const service = parse(text).services['qwen3-8b-awq']
    const unescaped = service.command.map((word: string) => word.replaceAll('$$', '$'))
    expect(unescaped).toEqual(['--model', '/models/my model', '--port', '24001', ...vllm.extraArgs])
    expect(service.ports).toEqual(['24001:24001'])
    expect(service.volumes[0]).toMatchObject({ source: '/models/my model', read_only: true })
  })

  it('keeps any text whole in compose files', () => {
    fc.assert(
      fc.property(fc.array(nasty, { minLength: 1 }), (words) => {
        const { text } = exported({ ...vllm, kind: 'docker-compose', extraArgs: words, model: 'org/model' })
        const command: string[] = parse(text).services['qwen3-8b-awq'].command
        expect(command.slice(-words.length).map((word) => word.replaceAll('$$', '$'))).toEqual(words)
      }),
    )
  })

  it('writes a systemd unit with specifiers and variables doubled', () => {
    const { text, fileName } = exported({ ...vllm, kind: 'systemd', extraArgs: ['--a', '50%', '$HOME', 'x "y"\\'] })
    expect(fileName).toBe('qwen3-8b-awq.service')
    expect(text).toContain(
      String.raw`ExecStart=/usr/bin/env vllm serve "/models/my model" --port 24001 --a 50%% $$HOME "x \"y\"\\"`,
    )
  })

  it('writes a llama-server command', () => {
    const request = {
      ...vllm,
      kind: 'llama-server',
      dialect: 'llama.cpp',
      extraArgs: '-c 8192 -ngl 99',
      model: '/m.gguf',
    } as const
    expect(exported(request).text).toBe('llama-server -m /m.gguf --port 24001 -c 8192 -ngl 99\n')
  })

  const ollama: ExportRequest = {
    kind: 'modelfile',
    name: 'Gemma 3',
    dialect: 'ollama',
    model: 'ollama:/gemma3:27b',
    extraArgs: [
      '--num-ctx',
      '4096',
      '--num-gpu',
      '35',
      '--num-parallel',
      '2',
      '--kv-cache-type',
      'q8_0',
      '--max-model-len=1',
    ],
  }

  it('writes what Ollama honours, and says what is left out', () => {
    const file = exported(ollama)
    expect(file.text).toBe('FROM gemma3:27b\nPARAMETER num_ctx 4096\nPARAMETER num_gpu 35\n')
    expect(file.warnings.join('\n')).toMatch(/--num-parallel.*left out[\s\S]*--max-model-len.*left out/)
    expect(exported({ ...ollama, kind: 'ollama-environment' }).text).toBe(
      "export OLLAMA_CONTEXT_LENGTH='4096'\nexport OLLAMA_NUM_PARALLEL='2'\nexport OLLAMA_KV_CACHE_TYPE='q8_0'\n",
    )
    expect(exported({ ...ollama, kind: 'ollama-environment', shell: 'powershell' }).text).toContain(
      "$env:OLLAMA_NUM_PARALLEL = '2'",
    )
    expect(JSON.parse(exported({ ...ollama, kind: 'ollama-request' }).text)).toEqual({
      model: 'gemma3:27b',
      prompt: '',
      options: { num_ctx: 4096, num_gpu: 35 },
    })
  })

  it('refuses a kind that does not fit, and makes every kind that does', () => {
    expect(exportLaunch({ ...vllm, kind: 'modelfile' })).toMatchObject({ error: { code: 'BAD_VALUE' } })
    const made = (['vllm', 'llama.cpp', 'ollama'] as const).flatMap((dialect) =>
      exportKindsFor(dialect).map((kind) => exported({ ...vllm, dialect, kind }) && kind),
    )
    expect(new Set(made)).toEqual(new Set(exportKinds))
  })

  it.each([
    ['../../etc/passwd', 'etc-passwd'],
    ['CON', 'model-CON'],
    ['', 'model-'],
    ['a/b:c', 'a-b-c'],
  ])('offers %j as the file %j', (name, stem) => {
    expect(fileStem(name)).toBe(stem)
  })
})
