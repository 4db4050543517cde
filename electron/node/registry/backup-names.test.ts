import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backupName, KEPT_IN_TOTAL, KEPT_TODAY, parseBackupName, surplusBackups } from './backup-names'

const file = 'model_registry.curated.json'
const of = (...times: string[]) =>
  times.flatMap((time) => parseBackupName(`model_registry.curated.${time}.bak.json`) ?? [])
const gone = (...times: string[]) => surplusBackups(of(...times)).map((backup) => backup.name.split('.')[2])

describe('backup names', () => {
  it('follow the pattern of the format in UTC and are read back', () => {
    const at = new Date('2026-03-29T01:30:00Z') // the hour that central Europe skips
    const name = backupName(`/some/where/${file}`, at)
    expect(name).toBe('model_registry.curated.20260329-013000.bak.json')
    expect(parseBackupName(name)).toEqual({ name, file, at })
  })

  it.each([
    'model_registry.json',
    'model_registry.backup.pre_split.json',
    'x.20261301-000000.bak.json',
    'x.20260230-000000.bak.json',
    'x.2026.bak.json',
  ])('%s is none', (name) => {
    expect(parseBackupName(name)).toBeUndefined()
  })
})

describe('surplusBackups', () => {
  it.each<[string, string[], string[]]>([
    ['nothing', [], []],
    ['three of one day stay', ['20260101-000000', '20260101-000001', '20260101-000002'], []],
    [
      'the oldest of four goes',
      ['20260101-000000', '20260101-000001', '20260101-000002', '20260101-000003'],
      ['20260101-000000'],
    ],
    [
      'one of each earlier day, the newest',
      ['20260101-100000', '20260101-110000', '20260102-100000'],
      ['20260101-100000'],
    ],
    ['across midnight', ['20260101-235959', '20260102-000000'], []],
    ['many in one second are told apart by name order', ['20260101-000000', '20260101-000000'], []],
    [
      'a clock that was set back removes the older name first',
      ['20260105-000000', '20260101-000000', '20260101-000001'],
      ['20260101-000000'],
    ],
  ])('%s', (_title, times, surplus) => {
    expect(gone(...times)).toEqual(surplus)
  })

  it('keeps ten in total, never more than the policy, and always the newest', () => {
    const day = fc.integer({ min: 1, max: 28 })
    const time = fc.tuple(day, fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    fc.assert(
      fc.property(fc.uniqueArray(time, { selector: String, maxLength: 60 }), (times) => {
        const two = (value: number) => String(value).padStart(2, '0')
        const all = of(...times.map(([d, h, m]) => `202601${two(d)}-${two(h)}${two(m)}00`))
        const lost = new Set(surplusBackups(all))
        const kept = all.filter((backup) => !lost.has(backup))
        expect(kept.length).toBeLessThanOrEqual(KEPT_IN_TOTAL)
        const newest = all.toSorted((left, right) => right.at.getTime() - left.at.getTime()).slice(0, 1)
        expect(kept).toEqual(expect.arrayContaining(newest))
        const days = kept.map((backup) => backup.at.getUTCDate())
        const counts = [...new Set(days)].map((one) => days.filter((other) => other === one).length)
        expect(counts.filter((count) => count > 1).length).toBeLessThanOrEqual(1)
        expect(Math.max(0, ...counts)).toBeLessThanOrEqual(KEPT_TODAY)
        expect(surplusBackups(kept)).toEqual([])
      }),
    )
  })
})
