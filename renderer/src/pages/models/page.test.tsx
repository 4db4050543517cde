import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { useRegistry } from '../../stores/registry'
import { installFakeApi } from '../../test/fake-api'
import { ModelsPage } from './page'

beforeEach(() => installFakeApi())

afterEach(() => {
  cleanup()
  useRegistry.setState({ phase: 'loading', refreshing: false }, true)
})

describe('the list of models before there is one', () => {
  it('says that it reads, and not that there are none', () => {
    useRegistry.setState({ phase: 'loading', refreshing: false }, true)
    render(<ModelsPage />)
    expect(screen.getByText('Reading the registry')).toBeDefined()
    expect(screen.queryByText('The registry holds no models yet')).toBeNull()
  })

  it('says that there are none under a heading that follows the one of the page', () => {
    useRegistry.setState({ phase: 'ready', refreshing: false }, true)
    render(<ModelsPage />)
    expect(screen.getByRole('heading', { level: 2 }).textContent).toBe('The registry holds no models yet')
  })
})
