import { type GpuModel } from '#shared/domain/hardware'
import { GIB } from '#shared/domain/units'
import { appleTable, gpuTable } from './gpu-table'

/** What drivers keep back on cards that nobody measured here. */
const VISIBLE_SHARE = 0.9925
/** Largest unified memory of which Metal offers two thirds; of larger ones it offers three quarters. */
const TWO_THIRDS_UP_TO_GIB = 36

/** Cards that a person may choose by hand, with the bytes that a program sees (not the sales figure). */
export const gpuModels: readonly GpuModel[] = [...discreteModels(), ...appleModels()]

function discreteModels(): GpuModel[] {
  return gpuTable.flatMap(({ vendor, rows }) =>
    rows.map(
      ([name, gib, measured]): GpuModel => ({
        name: vendor === 'nvidia' ? `NVIDIA ${name}` : vendor === 'amd' ? `AMD ${name}` : `Intel ${name}`,
        bytes: Math.round((measured ?? gib * VISIBLE_SHARE) * GIB),
        vendor,
        basis: measured === undefined ? 'nominal' : 'measured',
      }),
    ),
  )
}

function appleModels(): GpuModel[] {
  return appleTable.flatMap(([chip, sizes]) =>
    sizes.map(
      (gib): GpuModel => ({
        name: `Apple ${chip} ${gib}GB`,
        bytes: Math.floor((gib * GIB * (gib > TWO_THIRDS_UP_TO_GIB ? 3 / 4 : 2 / 3)) / 4096) * 4096,
        vendor: 'apple',
        // A 16 GB M4 reports 10922 MiB as its working set: two thirds.
        basis: chip === 'M4' && gib === 16 ? 'measured' : 'nominal',
      }),
    ),
  )
}

/** What a text may stand for. `several`: it fits more than one card, as "A100" does. */
export type GpuMatch =
  | { readonly kind: 'one'; readonly model: GpuModel }
  | { readonly kind: 'several'; readonly models: readonly GpuModel[] }
  | { readonly kind: 'none' }

/** Words that name the maker, the slot or the memory chips but do not tell two cards apart. */
const NOISE = new Set(
  'nvidia geforce amd ati intel tesla radeon instinct apple quadro graphics gpu generation edition workstation server super-pod tm r c sxm sxm2 sxm4 sxm5 sxm6 pcie pci hbm hbm2 hbm2e hbm3 hbm3e gddr6 gddr6x gddr7 unified memory the'.split(
    ' ',
  ),
)
/** Series names that people leave out: "3090", "7900 XTX". */
const SERIES = new Set(['rtx', 'gtx', 'rx', 'arc'])

/** Finds a card by what people and drivers call it: case, maker and "GeForce" do not matter. */
export function findGpuModel(text: string): GpuMatch {
  const asked = wordsOf(text)
  if (asked.length === 0) return { kind: 'none' }
  const stages: ((words: readonly string[], model: GpuModel) => boolean)[] = [
    (words) => isSame(words, asked),
    (words) => isSame(withoutSeries(words), withoutSeries(asked)),
    // The size may be left out of either name: "A100" asks for both, "H100 80GB HBM3" names one.
    (words) => isSame(withoutSize(words), asked),
    (words, model) => isSame(withoutSeries(words), withoutSeries(withoutSize(asked))) && isSizeOf(model, asked),
    (words) => asked.every((word) => words.includes(word)),
  ]
  for (const stage of stages) {
    const models = gpuModels.filter((model) => stage(wordsOf(model.name), model))
    const [only] = models
    if (only !== undefined && models.length === 1) return { kind: 'one', model: only }
    if (models.length > 1) return { kind: 'several', models }
  }
  return { kind: 'none' }
}

function wordsOf(text: string): readonly string[] {
  const plain = text
    .toLowerCase()
    .replace(/\((?:tm|r|c)\)/g, ' ')
    .replace(/\b(rtx|gtx|rx)(\d)/g, '$1 $2')
    .replace(/(\d+)\s*(?:gib|gb|g)\b/g, ' $1gb ')
  return plain.split(/[^a-z0-9+]+/).filter((word) => word !== '' && !NOISE.has(word))
}

function withoutSeries(words: readonly string[]): readonly string[] {
  return words.filter((word) => !SERIES.has(word))
}

function withoutSize(words: readonly string[]): readonly string[] {
  return words.filter((word) => !/^\d+gb$/.test(word))
}

/** A size that the card's own name leaves out ("RTX 4090 24GB") must be the card's, as sold. */
function isSizeOf(model: GpuModel, asked: readonly string[]): boolean {
  const size = asked.find((word) => /^\d+gb$/.test(word))
  if (size === undefined) return false
  const share = model.bytes / (Number(size.slice(0, -2)) * GIB)
  return share > 0.88 && share <= 1
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((word) => right.includes(word))
}
