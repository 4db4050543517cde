import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { copyName, editProfiles, exportedProfiles, importConflicts, type ProfileEdit } from './profile-edits'
import { builtInProfiles, type ProfilesFile, parseProfiles, profileNamed, writeProfiles } from './profiles'

const own: ProfilesFile = {
  first: { non_torch_gib: 0.4 },
  older: { base_overhead_gib: [0.1, 0.2, 0.3], fragmentation_factor: 1.05 },
  last: { description: 'mine', graph_gib: 0.5, activation_factor: 1.1 },
}

function done(edit: ProfileEdit, profiles = own): ProfilesFile {
  const result = editProfiles(profiles, edit)
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}

describe('editProfiles', () => {
  it('changes one value and leaves order, other profiles and fields of other programs alone', () => {
    const next = done({ kind: 'change', name: 'older', patch: { graph_gib: 0.2 } })
    expect(Object.keys(next)).toEqual(['first', 'older', 'last'])
    expect(next['older']).toEqual({ base_overhead_gib: [0.1, 0.2, 0.3], fragmentation_factor: 1.05, graph_gib: 0.2 })
    expect(next['first']).toBe(own['first'])
  })

  it('writes the overhead under the spelling that is in force', () => {
    const next = done({ kind: 'change', name: 'older', patch: { non_torch_gib: 1 } })
    expect(next['older']).toEqual({ base_overhead_gib: 1, fragmentation_factor: 1.05 })
    const named = profileNamed('older', next)
    expect(named.ok && named.value.nonTorchBytes?.likely).toBe(2 ** 30)
  })

  it('takes values out, every spelling of the overhead included', () => {
    const patch = { non_torch_gib: null, description: null }
    expect(done({ kind: 'change', name: 'older', patch })['older']).toEqual({ fragmentation_factor: 1.05 })
    expect(done({ kind: 'change', name: 'last', patch })['last']).toEqual({ graph_gib: 0.5, activation_factor: 1.1 })
  })

  it('duplicates a built-in profile, renames in place, deletes', () => {
    const copied = done({ kind: 'duplicate', name: 'ada_16gb', as: 'my card' })
    expect(copied['my card']).toEqual(builtInProfiles['ada_16gb'])
    const renamed = done({ kind: 'rename', name: 'older', as: 'new' })
    expect(Object.keys(renamed)).toEqual(['first', 'new', 'last'])
    expect(renamed['new']).toEqual(own['older'])
    expect(Object.keys(done({ kind: 'delete', name: 'older' }))).toEqual(['first', 'last'])
  })

  it.each<[string, ProfileEdit, string]>([
    ['to change a built-in profile', { kind: 'change', name: 'default', patch: {} }, 'BAD_VALUE'],
    ['to delete a built-in profile', { kind: 'delete', name: 'studio_dual' }, 'BAD_VALUE'],
    ['to rename what is not there', { kind: 'rename', name: 'nobody', as: 'x' }, 'NOT_FOUND'],
    ['to copy what is not there', { kind: 'duplicate', name: 'toString', as: 'x' }, 'NOT_FOUND'],
    ['a name that is taken', { kind: 'rename', name: 'first', as: 'last' }, 'CONFLICT'],
    ['the name of a built-in profile', { kind: 'create', name: 'default', patch: {} }, 'CONFLICT'],
    ['a blank name', { kind: 'create', name: '  ', patch: {} }, 'BAD_VALUE'],
    ['a name with a line break', { kind: 'create', name: 'a\nb', patch: {} }, 'BAD_VALUE'],
    ['a name that turns the reading direction', { kind: 'create', name: 'a\u202eb', patch: {} }, 'BAD_VALUE'],
    ['a name that objects have', { kind: 'create', name: '__proto__', patch: {} }, 'BAD_VALUE'],
    ['sizes out of order', { kind: 'change', name: 'first', patch: { graph_gib: [2, 1, 3] } }, 'BAD_VALUE'],
    ['a factor of 0', { kind: 'change', name: 'first', patch: { activation_factor: 0 } }, 'BAD_VALUE'],
    ['to overwrite silently', { kind: 'import', profiles: { first: { graph_gib: 9 } }, replace: false }, 'CONFLICT'],
  ])('refuses %s', (_what, edit, code) => {
    expect(editProfiles(own, edit)).toMatchObject({ ok: false, error: { code } })
  })

  it('imports an older file under the names of the built-in profiles, which it then stands before', () => {
    const file = parseProfiles('{"default": {"overhead_gib": 1}, "ada_16gb": {"overhead_gib": 0.3}}')
    if (!file.ok) throw new Error(file.error.message)
    const next = done({ kind: 'import', profiles: file.value, replace: false })
    expect(profileNamed('ada_16gb', next)).toMatchObject({ ok: true, value: { source: 'profile:settings' } })
    expect(done({ kind: 'import', profiles: file.value, replace: false }, next)).toEqual(next)
    expect(importConflicts(own, { first: { non_torch_gib: 0.4 }, last: {} })).toEqual(['last'])
  })

  it('exports everything, and imports of it only what is not built in', () => {
    const file = parseProfiles(writeProfiles(exportedProfiles(own)))
    if (!file.ok) throw new Error(file.error.message)
    expect(Object.keys(file.value)).toEqual([...Object.keys(builtInProfiles), ...Object.keys(own)])
    expect(done({ kind: 'import', profiles: file.value, replace: false }, {})).toEqual(own)
  })

  it('names copies freely', () => {
    expect(copyName({}, 'default')).toBe('default copy')
    expect(copyName({ 'default copy': {}, 'default copy 2': {} }, 'default')).toBe('default copy 3')
  })

  it('leaves a file that reads back the same, whatever was edited', () => {
    const names = fc.constantFrom('first', 'older', 'last', 'new', 'default', 'x')
    const amount = fc.option(fc.double({ min: 0, max: 100, noNaN: true, noDefaultInfinity: true }))
    const patch = fc.record({ non_torch_gib: amount, graph_gib: amount }, { requiredKeys: [] })
    const edit: fc.Arbitrary<ProfileEdit> = fc.oneof(
      fc.record({ kind: fc.constantFrom('create' as const, 'change' as const), name: names, patch }),
      fc.record({ kind: fc.constantFrom('duplicate' as const, 'rename' as const), name: names, as: names }),
      fc.record({ kind: fc.constant('delete' as const), name: names }),
    )
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 12 }), (edits) => {
        let profiles = own
        for (const one of edits) {
          const result = editProfiles(profiles, one)
          if (result.ok) profiles = result.value
        }
        const text = writeProfiles(profiles)
        const read = parseProfiles(text)
        expect(read.ok && writeProfiles(read.value)).toBe(text)
        expect(Object.keys(profiles).some((key) => Object.hasOwn(builtInProfiles, key))).toBe(false)
      }),
    )
  })
})
