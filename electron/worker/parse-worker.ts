import { parentPort } from 'node:worker_threads'
import { fail } from '#shared/domain/result'
import { inspectPath } from '../node/library/inspect-path'
import { type ParseReply, type ParseRequest } from '../node/library/parse-messages'

/** No answer about one model is larger; a larger one would stall the receiving side. */
const MAX_REPLY_CHARACTERS = 8 * 2 ** 20

/** Entry of the parse worker: untrusted files are read here, under the owner's deadline and heap ceiling. */
parentPort?.on('message', (request: ParseRequest) => {
  const result = inspectPath(request.job)
  const isTooLarge = JSON.stringify(result).length > MAX_REPLY_CHARACTERS
  const reply = isTooLarge ? { id: request.id, result: tooLarge(request.job.path) } : { id: request.id, result }
  parentPort?.postMessage(reply satisfies ParseReply)
})

function tooLarge(path: string): ReturnType<typeof fail> {
  return fail('LIMIT', 'The facts about this model are larger than any real model has.', {
    hint: 'The file is damaged or made to harm.',
    path,
  })
}
