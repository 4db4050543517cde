import { type HubClient } from './client'

/** Address of one file of a repository at a commit. */
export function fileUrl(
  client: Pick<HubClient, 'endpoint'>,
  repo: { id: string; commit: string },
  path: string,
): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/')
  return `${client.endpoint}/${repo.id}/resolve/${encodeURIComponent(repo.commit)}/${encoded}`
}
