import { type HeadroomError } from '#shared/domain/result'
import { type RegistryService, type RegistrySnapshot } from '../node/registry/registry-service'

/** Notices when a command worked on a backup because the registry cannot be read, and says so once. */
export class BackupRemarks {
  readonly remarks = new Set<string>()

  watch(service: RegistryService): RegistryService {
    return {
      ...service,
      load: async () => {
        const loaded = await service.load()
        if (loaded.ok && loaded.value.readOnly) this.remarks.add(remarkOf(loaded.value.readOnly))
        return loaded
      },
    }
  }
}

function remarkOf({ error, backups }: NonNullable<RegistrySnapshot['readOnly']>): string {
  const shown = backups.map(({ backup }) => `${backup.name} (${backup.at})`).join(' and ')
  return `${problemOf(error)}\nShown instead, read-only: ${shown}.`
}

function problemOf({ message, path, hint }: HeadroomError): string {
  return [message, path && `  ${path}`, hint && `  ${hint}`].filter(Boolean).join('\n')
}
