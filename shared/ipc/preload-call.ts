import { z } from 'zod'

/** What the preload sends for a drop: the paths behind the `File` objects, `''` where there is none. */
export const grantDroppedCall = {
  input: z.object({ paths: z.array(z.string().max(32_768)).max(64) }).strict(),
  output: z.array(z.object({ token: z.string(), label: z.string() }).nullable()),
}
export type GrantDroppedOutput = z.infer<typeof grantDroppedCall.output>
