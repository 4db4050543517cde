import { type Result } from '#shared/domain/result'
import { type World } from '../world'
import { type Candidates } from './candidate'
import { downloadListFolder, findInDownloadList } from './download-list'
import { findInHuggingFaceCache, huggingFaceCache } from './hugging-face-cache'
import { findInLlamaCache, findInOwnerFolders, llamaCache, lmStudioFolder } from './model-folders'
import { findInOllamaStore, ollamaStore } from './ollama-store'

export interface ImportSource {
  /** Where that program keeps its models on this computer. */
  readonly folder: (world: World) => string | Promise<string>
  readonly find: (root: string) => Promise<Result<Candidates>>
}

export const importSourceNames = ['huggingface', 'ollama', 'lmstudio', 'llama.cpp', 'imageworks'] as const
export type ImportSourceName = (typeof importSourceNames)[number]

/** Programs whose models can be registered where they lie. */
export const importSources: Readonly<Record<ImportSourceName, ImportSource>> = {
  huggingface: { folder: (world) => huggingFaceCache(world), find: findInHuggingFaceCache },
  ollama: { folder: (world) => ollamaStore(world), find: findInOllamaStore },
  lmstudio: { folder: () => lmStudioFolder(), find: findInOwnerFolders },
  'llama.cpp': { folder: (world) => llamaCache(world), find: findInLlamaCache },
  imageworks: { folder: (world) => downloadListFolder(world), find: findInDownloadList },
}

export function isImportSource(name: string): name is ImportSourceName {
  return (importSourceNames as readonly string[]).includes(name)
}
