import { parentPort } from 'node:worker_threads'
import { fail } from '#shared/domain/result'
import { createLibraryReader } from '../node/gguf/library-reader'
import { inspectPath } from '../node/library/inspect-path'
import { inspectRemotePath } from '../node/library/inspect-remote-path'
import { type ParseReply, type ParseRequest } from '../node/library/parse-messages'

/** No answer about one model is larger; a larger one would stall the receiving side. */
const MAX_REPLY_CHARACTERS = 8 * 2 ** 20

const library = createLibraryReader()

/**
 * Entry of the parse worker: untrusted files are read here, under the owner's deadline and heap ceiling. What is thrown
 * is a bug: it ends the thread, and the owner answers WORKER_FAILED.
 */
parentPort?.on('message', async ({ id, job }: ParseRequest) => {
  const result = job.isRemote === true ? await inspectRemotePath(job, library) : inspectPath(job)
  const isTooLarge = JSON.stringify(result).length > MAX_REPLY_CHARACTERS
  const reply = isTooLarge ? { id, result: tooLarge(job.path) } : { id, result }
  parentPort?.postMessage(reply satisfies ParseReply)
})

function tooLarge(path: string): ReturnType<typeof fail> {
  return fail('LIMIT', 'The facts about this model are larger than any real model has.', {
    hint: 'The file is damaged or made to harm.',
    path,
  })
}
