import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: 'e2e/specs',
  // One window at a time: specs measure focus and share the display.
  workers: 1,
  retries: 0,
  timeout: 60_000,
  reporter: [['list']],
  outputDir: 'out/e2e/results',
  use: { trace: 'retain-on-failure' },
})
