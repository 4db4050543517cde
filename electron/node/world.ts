/** The world, passed in so that tests need no module mocks. */
export interface World {
  readonly dataDir: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly now: () => Date
}
