import { cleanup, configure, render, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fail, ok } from '#shared/domain/result'
import { NO_WISHES, useEstimator } from '../stores/estimator'
import { useGpus } from '../stores/gpus'
import { useJobs } from '../stores/jobs'
import { useNavigation } from '../stores/navigation'
import { useRegistry } from '../stores/registry'
import { useSettings } from '../stores/settings'
import { useShell } from '../stores/shell'
import { useToasts } from '../stores/toasts'
import { type FakeApi, type FakeOptions, installFakeApi } from '../test/fake-api'
import { sampleView } from '../test/sample-view'
import { App } from './app'

// Generous limits for busy machines; nothing waits for them when all is well.
vi.setConfig({ testTimeout: 60_000 })
configure({ asyncUtilTimeout: 10_000 })

/** Puts every store back to its first state. */
const resets = [
  () => useEstimator.setState(useEstimator.getInitialState(), true),
  () => useGpus.setState(useGpus.getInitialState(), true),
  () => useJobs.setState(useJobs.getInitialState(), true),
  () => useNavigation.setState(useNavigation.getInitialState(), true),
  () => useRegistry.setState(useRegistry.getInitialState(), true),
  () => useSettings.setState(useSettings.getInitialState(), true),
  () => useShell.setState(useShell.getInitialState(), true),
  () => useToasts.setState(useToasts.getInitialState(), true),
]

beforeEach(() => {
  for (const reset of resets) reset()
})
afterEach(cleanup)

async function open(options: FakeOptions = {}): Promise<FakeApi> {
  const fake = installFakeApi(options)
  render(<App />)
  await waitFor(() => expect(useRegistry.getState().phase).not.toBe('loading'))
  return fake
}

async function openModel(name: string, options: FakeOptions = {}): Promise<FakeApi> {
  const fake = await open({ ...options, settings: { ...options.settings, last_model: name } })
  await screen.findByTestId('verdict')
  expect(screen.getByRole('combobox', { name: 'Model' })).toHaveProperty('value', name)
  return fake
}

const user = userEvent.setup()
const button = (name: string | RegExp) => screen.getByRole('button', { name })
const callsOf = (fake: FakeApi, channel: string) => fake.calls.filter((one) => one.channel === channel)

describe('the window', () => {
  it('shows the model of last time with its fields locked and sourced', async () => {
    await openModel('qwen3-8b')
    const architecture = screen.getByRole('region', { name: 'Architecture' })
    expect(within(architecture).getByText('36')).toBeDefined()
    expect(within(architecture).getByRole('button', { name: 'Unlock Layers' })).toBeDefined()
    await user.click(within(architecture).getByRole('button', { name: 'Layers, from config' }))
    const source = await screen.findByRole('dialog', { name: 'Source of Layers' })
    expect(source.textContent).toContain('num_hidden_layers')
    expect(source.textContent).toContain('config:config.json')
  })

  it('offers ways to begin when no registry is open, and takes the sample library', async () => {
    const none = { status: { state: 'none' as const }, revision: '0', models: [], warnings: [] }
    await open({ view: none })
    await user.click(await screen.findByRole('button', { name: 'Use the sample library' }))
    expect(await screen.findByTestId('verdict')).toBeDefined()
    expect(screen.getByText(/Sample library ready: 11 models/)).toBeDefined()
  })

  it('says why a registry cannot be read', async () => {
    const error = fail('BAD_REGISTRY', 'The registry stops at line 7.', { hint: 'Restore a backup.' })
    await open({ handlers: { 'registry:load': () => error } })
    expect(await screen.findByText(/The registry stops at line 7\. Restore a backup\./)).toBeDefined()
  })

  it('goes to pages by shortcut, and remembers the page', async () => {
    const fake = await openModel('qwen3-8b')
    await user.keyboard('{Control>}5{/Control}')
    expect(await screen.findByRole('heading', { level: 1, name: 'Settings' })).toBeDefined()
    expect(callsOf(fake, 'settings:update').at(-1)?.input).toEqual({ last_page: 'settings' })
    fake.emit('command:run', { command: 'go:estimator' })
    expect(await screen.findByTestId('verdict')).toBeDefined()
  })

  it('finds models and commands in the palette', async () => {
    await openModel('qwen3-8b')
    await user.keyboard('{Control>}k{/Control}')
    await user.type(await screen.findByRole('combobox', { name: 'Search models and commands' }), 'gemma')
    await user.keyboard('{Enter}')
    await waitFor(() =>
      expect(screen.getByRole('combobox', { name: 'Model' })).toHaveProperty('value', 'gemma-3-12b-it'),
    )
  })

  it('puts theme and contrast on the document, and takes them off for the system', async () => {
    await openModel('qwen3-8b', { settings: { theme: 'dark', contrast: 'more' } })
    expect(document.documentElement.dataset).toMatchObject({ theme: 'dark', contrast: 'more' })
    useSettings.setState((state) => ({ settings: { ...state.settings, theme: 'system', contrast: 'system' } }))
    await waitFor(() => expect(document.documentElement.dataset['theme']).toBeUndefined())
  })

  it('shows a file that was opened from outside, and says that it cannot be applied', async () => {
    const fake = await openModel('qwen3-8b')
    fake.emit('files:opened', { token: 'file-token-0123456789', label: 'model.gguf' })
    await waitFor(() => expect(screen.getByRole('combobox', { name: 'Model' })).toHaveProperty('value', 'model.gguf'))
    expect(screen.getByText(/This file is not in the registry/)).toBeDefined()
    expect(button('Nothing to apply').getAttribute('aria-disabled')).toBe('true')
  })

  it('keeps an error on the screen until it is closed', async () => {
    const fake = await openModel('qwen3-8b', {
      handlers: {
        'files:inspect': () => fail('TRUNCATED', 'This GGUF file is cut short.', { hint: 'Download it again.' }),
      },
    })
    fake.emit('files:opened', { token: 'file-token-0123456789', label: 'model.gguf' })
    const alert = await screen.findByRole('alert')
    expect(alert.textContent).toContain('This GGUF file is cut short. Download it again.')
    await user.click(within(alert).getByRole('button', { name: 'Close message' }))
    expect(screen.queryByRole('alert')).toBeNull()
  })

  it('keeps past messages to read again, newest first', async () => {
    const fake = await openModel('qwen3-8b', {
      handlers: { 'files:inspect': () => fail('TRUNCATED', 'This GGUF file is cut short.') },
    })
    fake.emit('files:opened', { token: 'file-token-0123456789', label: 'model.gguf' })
    await user.click(within(await screen.findByRole('alert')).getByRole('button', { name: 'Close message' }))
    await user.keyboard('{Shift>}{F8}{/Shift}')
    const list = await screen.findByRole('dialog', { name: 'Past messages' })
    expect(within(list).getAllByRole('listitem')[0]?.textContent).toContain('This GGUF file is cut short.')
    await user.keyboard('{Escape}')
    await waitFor(() => expect(screen.queryByRole('dialog', { name: 'Past messages' })).toBeNull())
  })

  it('reads the registry again when another program changed it', async () => {
    const fake = await openModel('qwen3-8b')
    const before = callsOf(fake, 'registry:load').length
    fake.emit('registry:changed', { revision: '2' })
    await waitFor(() => expect(callsOf(fake, 'registry:load').length).toBe(before + 1))
  })
})

describe('the estimator', () => {
  it('takes an override, shows it as manual, and restores the source', async () => {
    await openModel('qwen3-8b')
    await user.click(button('Unlock Layers'))
    const input = screen.getByRole('textbox', { name: 'Layers' })
    expect(document.activeElement).toBe(input)
    await user.clear(input)
    await user.type(input, '18{Enter}')
    expect(button('Layers, from manual')).toBeDefined()
    await user.click(button('Restore Layers from config'))
    expect(button('Layers, from config')).toBeDefined()
    expect(useEstimator.getState().wishes.overrides).toEqual({})
  })

  it('says what is wrong with a value and keeps the typing', async () => {
    await openModel('qwen3-8b')
    const context = screen.getByRole('textbox', { name: 'Context, tokens' })
    await user.clear(context)
    await user.type(context, 'lots{Enter}')
    expect(screen.getByText(/"lots" is not a whole number/)).toBeDefined()
    expect(context).toHaveProperty('value', 'lots')
    await user.keyboard('{Escape}')
    expect(context).toHaveProperty('value', '4,096')
  })

  it('moves the batch by keys and takes the step back', async () => {
    await openModel('llama-3.1-8b-instruct')
    const slider = screen.getByRole('slider', { name: 'Batch' })
    slider.focus()
    await user.keyboard('{Home}')
    expect(slider.getAttribute('aria-valuetext')).toMatch(/^1 request, /)
    await user.keyboard('{ArrowUp}')
    expect(useEstimator.getState().wishes.flags).toEqual({ 'max-num-seqs': '2' })
    await user.click(button('Undo the last change of the estimate'))
    expect(useEstimator.getState().wishes.flags).toEqual({ 'max-num-seqs': '1' })
  })

  it('applies a solved row and undoes it', async () => {
    const fake = await openModel('llama-3.1-8b-instruct')
    await user.click(await screen.findByRole('button', { name: /^Choose batch 4, / }))
    expect(screen.getByTestId('verdict').dataset['verdict']).toBe('fits')
    await user.click(button('Apply 2 changes'))
    expect(await screen.findByText(/^Applied 2 changes to llama-3\.1-8b-instruct\./)).toBeDefined()
    expect(callsOf(fake, 'models:apply')[0]?.input).toMatchObject({
      id: 'llama-3.1-8b-instruct',
      expected_before: ['--max-model-len', '16384', '--gpu-memory-utilization', '0.9', '--max-num-seqs', '2'],
    })
    expect(useEstimator.getState().wishes).toEqual(NO_WISHES)
    await user.click(button('Undo last apply'))
    expect(await screen.findByText(/^Taken back:/)).toBeDefined()
    expect(screen.queryByText(/^Applied 2 changes/)).toBeNull()
  })

  it('shows both sides of a conflict, writes nothing, and reads the registry again when asked', async () => {
    const conflict = fail('CONFLICT', 'The launch flags changed since you saw them.')
    const fake = await openModel('llama-3.1-8b-instruct', { handlers: { 'models:apply': () => conflict } })
    await user.click(await screen.findByRole('button', { name: /^Choose batch 4, / }))
    await user.keyboard('{Control>}{Enter}{/Control}')
    const dialog = await screen.findByRole('alertdialog', { name: 'These settings changed outside' })
    expect(dialog.textContent).toContain('The launch flags changed since you saw them.')
    const before = callsOf(fake, 'registry:load').length
    await user.click(within(dialog).getByRole('button', { name: 'Show the new settings' }))
    await waitFor(() => expect(callsOf(fake, 'registry:load').length).toBe(before + 1))
    expect(useEstimator.getState().wishes.flags).not.toEqual({})
  })

  it('explains a part of the memory with its formula, from the bar by keyboard', async () => {
    await openModel('qwen3-8b')
    const bar = screen.getByRole('group', { name: /^Memory on/ })
    within(bar)
      .getByRole('button', { name: /^Weights, / })
      .focus()
    await user.keyboard('{ArrowRight}{Enter}')
    const dialog = await screen.findByRole('dialog', { name: 'KV cache formula' })
    expect(dialog.textContent).toContain('256 blocks')
    await user.keyboard('{Escape}')
    await waitFor(() => expect(screen.queryByRole('dialog', { name: 'KV cache formula' })).toBeNull())
  })

  it('switches the engine, its flags and its settings', async () => {
    await openModel('qwen3-8b')
    await user.click(screen.getByRole('radio', { name: 'llama.cpp' }))
    expect(screen.getByText('--ctx-size', { selector: '.mono' })).toBeDefined()
    expect(screen.getByRole('combobox', { name: 'Cache type of keys' })).toBeDefined()
    screen.getByRole('radio', { name: 'llama.cpp' }).focus()
    await user.keyboard('{ArrowLeft}')
    expect(screen.getByRole('radio', { name: 'Ollama' }).getAttribute('aria-checked')).toBe('true')
  })

  it('works without a GPU, and with a card added by hand', async () => {
    await openModel('qwen3-8b', { gpus: [], handlers: { 'gpus:list': () => ok({ gpus: [], problem: 'No driver.' }) } })
    expect(screen.getByTestId('verdict').dataset['verdict']).toBe('unknown')
    await user.click(button('Choose a card'))
    await user.selectOptions(screen.getByRole('combobox', { name: 'Card' }), 'other')
    await user.clear(screen.getByRole('textbox', { name: 'Memory, GiB' }))
    await user.type(screen.getByRole('textbox', { name: 'Memory, GiB' }), '48{Tab}')
    await user.click(button('Use this card'))
    await waitFor(() => expect(screen.getByTestId('verdict').dataset['verdict']).not.toBe('unknown'))
    expect(screen.getByRole('radio', { name: /^GPU with 48 GiB/ })).toHaveProperty('checked', true)
  })

  it('never shows a name from a file as it stands', async () => {
    const view = sampleView()
    const evil = { ...view.models[0], id: 'evil', name: 'evil\u202egpj.exe' } as (typeof view.models)[number]
    await openModelNamed(evil.id, { view: { ...view, models: [evil] } })
    expect(document.body.textContent).not.toContain('\u202e')
  })
})

async function openModelNamed(id: string, options: FakeOptions): Promise<void> {
  await open({ ...options, settings: { last_model: id } })
  await screen.findByTestId('verdict')
}
