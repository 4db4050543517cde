import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runExam } from './exam-run'

const dataDir = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'shared', 'data')

describe.skipIf(!existsSync(dataDir))(
  'extraction of the real files beside the checkout (skipped when they are absent)',
  () => {
    it('gives no wrong value and at least 99 % of the known ones', () => {
      const { total, complaints } = runExam(dataDir)
      expect(complaints.filter((line) => line.startsWith('WRONG'))).toEqual([])
      const right = total.right + total.accepted
      expect(right).toBeGreaterThan(1000)
      expect(right / (right + total.missing)).toBeGreaterThanOrEqual(0.99)
    })
  },
)
