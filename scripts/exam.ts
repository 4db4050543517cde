import { join } from 'node:path'
import { runExam, type Tally } from './exam-run'

/**
 * `npm run exam [DATA_DIR]`: prints per field right / accepted / wrong / missing and lists what is not right.
 * `accepted` is another value that the key calls defensible. Exit status 1 when a value is wrong or no key was found.
 */
const dataDir = process.argv[2] ?? join(process.cwd(), '..', 'shared', 'data')
const { folders, total, complaints } = runExam(dataDir)
for (const { folder, entries, fields } of folders) {
  console.log(`\n${folder}: ${entries} entries`)
  for (const [field, tally] of [...fields].toSorted(([a], [b]) => a.localeCompare(b))) {
    console.log(`  ${field.padEnd(46)} ${show(tally)}`)
  }
}
for (const complaint of complaints) console.log(complaint)
console.log(folders.length === 0 ? `No answer keys below ${dataDir}.` : `TOTAL ${show(total)}`)
process.exitCode = total.wrong > 0 || folders.length === 0 ? 1 : 0

function show(tally: Tally): string {
  return `right ${tally.right}  accepted ${tally.accepted}  wrong ${tally.wrong}  missing ${tally.missing}`
}
