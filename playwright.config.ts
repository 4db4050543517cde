import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: 'e2e/specs',
  // One window at a time: specs measure focus and share the display.
  workers: 1,
  // A shared machine can stall for seconds; a spec that needs the second try is reported as flaky, never as passed.
  retries: process.env['CI'] === undefined ? 0 : 1,
  timeout: 60_000,
  reporter: [['list']],
  outputDir: 'out/e2e/results',
  use: { trace: 'retain-on-failure' },
})
