import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    coverage: { provider: 'v8', include: ['electron/**', 'shared/**', 'renderer/src/**'], reporter: ['text-summary'] },
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          include: ['shared/**/*.test.ts', 'electron/**/*.test.ts', 'scripts/**/*.test.ts', 'renderer/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      { plugins: [react()], test: { name: 'dom', environment: 'happy-dom', include: ['renderer/**/*.test.tsx'] } },
    ],
  },
})
