import { config } from 'zod'

// The page's policy forbids eval. Left to itself zod tries it once, and the attempt counts as a violation.
config({ jitless: true })
