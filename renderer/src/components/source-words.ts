import { ownValue } from '#shared/domain/json'
import { originKind } from '#shared/domain/provenance'

/** How a badge looks: most sources are quiet grey; only those worth a second look are tinted. */
export type SourceTone = '' | 'runtime' | 'derived' | 'default' | 'manual' | 'conflict' | 'missing'

export interface SourceWords {
  /** Word on the badge. */
  readonly word: string
  readonly tone: SourceTone
  /** Sentence for the popover. */
  readonly meaning: string
}

const ENGINE_SOURCES: Readonly<Record<string, SourceWords>> = {
  page: { word: 'manual', tone: 'manual', meaning: 'Set by hand on this page.' },
  flag: { word: 'flag', tone: 'manual', meaning: 'Given as a flag.' },
  extra_args: { word: 'extra_args', tone: '', meaning: "Written in the model's launch flags." },
  generation_defaults: {
    word: 'defaults',
    tone: '',
    meaning: "Written in the model's generation defaults (generation_defaults).",
  },
  solver: { word: 'solved', tone: 'derived', meaning: 'Found by the solver.' },
  start: { word: 'start value', tone: 'default', meaning: 'Where the page starts when nothing is stated.' },
  'nvidia-smi': { word: 'nvidia-smi', tone: '', meaning: 'Reported by the driver.' },
}

/** Words and look for an origin string (`config:config.json`, `derived:hidden_size`, `extra_args`, ...). */
export function sourceWords(origin: string | undefined): SourceWords {
  if (origin === undefined || origin === '' || origin === 'unknown') {
    return { word: 'unknown', tone: 'missing', meaning: 'No source states this.' }
  }
  const known = ownValue(ENGINE_SOURCES, origin)
  if (known !== undefined) return known
  const detail = origin.slice(origin.indexOf(':') + 1)
  const kind = originKind(origin)
  switch (kind) {
    case 'config':
      return { word: 'config', tone: '', meaning: `Read from the model's own ${detail}.` }
    case 'gguf':
      return { word: 'GGUF', tone: '', meaning: 'Read from the header of the GGUF file.' }
    case 'safetensors':
      return { word: 'safetensors', tone: '', meaning: 'Counted from the safetensors headers.' }
    case 'quantize_config':
      return { word: 'quantize_config', tone: '', meaning: 'Read from the quantisation config beside the weights.' }
    case 'generation_config':
      return { word: 'generation', tone: '', meaning: 'Read from generation_config.json.' }
    case 'ollama':
      return { word: 'Ollama', tone: '', meaning: 'Reported by Ollama for this tag.' }
    case 'support_repo':
      return { word: 'support repo', tone: '', meaning: 'Read from the repository of the base model.' }
    case 'runtime':
      return { word: 'runtime', tone: 'runtime', meaning: 'Measured when the engine loaded the model.' }
    case 'manual':
      return { word: 'manual', tone: 'manual', meaning: 'Entered by hand; it wins over every other source.' }
    case 'derived':
      return { word: 'derived', tone: 'derived', meaning: `Worked out from ${detail.replaceAll('_', ' ')}.` }
    case 'heuristic':
      return {
        word: 'heuristic',
        tone: 'default',
        meaning: `An inference that can be wrong: ${detail.replaceAll('_', ' ')}.`,
      }
    case 'default':
      return { word: 'default', tone: 'default', meaning: detail === origin ? 'A default.' : `A default: ${detail}.` }
    default:
      return { word: origin.length > 16 ? `${origin.slice(0, 15)}…` : origin, tone: '', meaning: 'Source as recorded.' }
  }
}
