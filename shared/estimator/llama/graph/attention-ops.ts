import { type GraphFacts, type Mixer } from './graph-facts'
import { type OpGraph, type TensorId } from './op-graph'

type Attention = Extract<Mixer, { kind: 'attention' }>
type Latent = Extract<Mixer, { kind: 'latent' }>

/** Where operations go, and for which part of the model. */
export interface MixerScope<M> {
  readonly graph: OpGraph
  readonly facts: GraphFacts
  readonly mixer: M
}

interface Projections {
  readonly query: TensorId
  readonly key: TensorId
  readonly value: TensorId
  /** Whole projection of which a gate is still to be cut. */
  readonly gateSource?: TensorId
}

/** Root-mean-square or layer norm with its weight: one result of the input's size. */
export function addNorm(graph: OpGraph, input: TensorId): TensorId {
  const shape = graph.shape(input)
  const normed = graph.op([input], shape, { inPlace: true })
  return graph.op([normed], shape, { inPlace: true })
}

/** Attention over the cache up to its result before the output projection. `hidden` is the normed input. */
export function addAttention(scope: MixerScope<Attention>, hidden: TensorId): TensorId {
  const { graph, facts, mixer } = scope
  const { rows, heads } = facts
  const projections = facts.traits.hasFusedQkv ? addFusedProjections(scope, hidden) : addProjections(scope, hidden)
  storeCache(scope, projections)
  const looked = graph.view(projections.query, [mixer.keyDim, heads, rows], false)
  const query = graph.view(looked, [mixer.keyDim, rows, heads], true)
  const mixed = addScores(scope, query)
  const turned = facts.rotatesValue ? addRotation(scope, mixed, 'value') : mixed
  if (projections.gateSource === undefined) return turned
  const cut = graph.view(projections.gateSource, [mixer.keyDim, heads, rows], true)
  const gate = graph.op([cut], [heads * mixer.keyDim, rows, 1])
  const opened = graph.op([gate], graph.shape(gate), { inPlace: true })
  return graph.op([turned, opened], graph.shape(opened), { inPlace: true })
}

function addProjections(scope: MixerScope<Attention>, hidden: TensorId): Projections {
  const { graph, facts, mixer } = scope
  const { rows, traits } = facts
  const { query, gate } = addQuery(scope, hidden)
  const makeKey = (): TensorId => {
    const key = graph.op([hidden], [mixer.kvHeads * mixer.keyDim, rows, 1])
    return addRope(scope, graph.view(key, [mixer.keyDim, mixer.kvHeads, rows]))
  }
  const makeValue = (): TensorId => {
    const flat = graph.op([hidden], [mixer.kvHeads * mixer.valueDim, rows, 1])
    const value = graph.view(flat, [mixer.valueDim, mixer.kvHeads, rows])
    return facts.rotatesValue ? addRotation(scope, value, 'value') : value
  }
  if (traits.keyFirst) {
    const key = makeKey()
    return { query, key, value: makeValue(), ...gate }
  }
  const value = makeValue()
  return { query, key: makeKey(), value, ...gate }
}

/** The query; with a gated attention the projection is twice as wide and its second half waits for the result. */
function addQuery(
  scope: MixerScope<Attention>,
  hidden: TensorId,
): { query: TensorId; gate: { gateSource?: TensorId } } {
  const { graph, facts, mixer } = scope
  const { rows, heads, traits } = facts
  const shape = [mixer.keyDim, heads, rows] as const
  const projected = graph.op([hidden], [heads * mixer.keyDim * (traits.hasGatedAttention ? 2 : 1), rows, 1])
  if (!traits.hasGatedAttention) return { query: addRope(scope, graph.view(projected, shape)), gate: {} }
  const normed = addNorm(graph, graph.view(projected, shape, true))
  return { query: addRope(scope, normed), gate: { gateSource: projected } }
}

function addFusedProjections(scope: MixerScope<Attention>, hidden: TensorId): Projections {
  const { graph, facts, mixer } = scope
  const { rows, heads } = facts
  const width = heads * mixer.keyDim + mixer.kvHeads * (mixer.keyDim + mixer.valueDim)
  const all = graph.op([hidden], [width, rows, 1])
  const query = addRope(scope, graph.view(all, [mixer.keyDim, heads, rows], true))
  const value = graph.view(all, [mixer.valueDim, mixer.kvHeads, rows], true)
  const key = addRope(scope, graph.view(all, [mixer.keyDim, mixer.kvHeads, rows], true))
  return { query, key, value: facts.rotatesValue ? addRotation(scope, value, 'value') : value }
}

function addRope(scope: MixerScope<Attention>, tensor: TensorId): TensorId {
  const { graph, facts } = scope
  const roped = graph.op([tensor, graph.input('positions', facts.rows * 4)], graph.shape(tensor), { inPlace: true })
  return facts.rotatesKey ? addRotation(scope, roped, 'key') : roped
}

const SMALLEST_ROTATION = 64

function rotationSize(head: number): number {
  let size = SMALLEST_ROTATION
  while (head % (size * 2) === 0) size *= 2
  return size
}

/** Product with a small Hadamard matrix: never in place. */
function addRotation({ graph, mixer }: MixerScope<Attention>, tensor: TensorId, part: 'key' | 'value'): TensorId {
  const shape = graph.shape(tensor)
  // Each of the two caches brings its own matrices; K takes the largest power of two in the head, V always 64.
  const cache = mixer.windowCells === undefined ? 'full' : 'window'
  const size = part === 'value' ? SMALLEST_ROTATION : rotationSize(shape[0])
  const flat = [shape[0], shape[1] * shape[2], 1] as const
  const matrix = graph.input(`${cache} ${part} rotation`, 4 * size * size)
  return graph.view(graph.op([graph.view(tensor, flat), matrix], flat), shape)
}

function storeCache({ graph, facts, mixer }: MixerScope<Attention>, { key, value }: Projections): void {
  const { rows } = facts
  const name = mixer.windowCells === undefined ? 'full' : 'window'
  const keyWidth = mixer.kvHeads * mixer.keyDim
  const valueWidth = mixer.kvHeads * mixer.valueDim
  graph.store([graph.view(key, [keyWidth, rows, 1]), graph.input(`${name} key rows`, rows * 8)])
  // Without flash attention V is stored transposed, element by element, with one index each.
  const indexes = facts.hasFlashAttention ? rows : rows * valueWidth
  graph.store([graph.view(value, [valueWidth, rows, 1]), graph.input(`${name} value rows`, indexes * 8)])
}

function addScores({ graph, facts, mixer }: MixerScope<Attention>, query: TensorId): TensorId {
  const { rows, heads } = facts
  const cells = mixer.windowCells ?? facts.cells
  const mask = addMask(graph, facts, mixer.windowCells)
  const width = heads * mixer.valueDim
  if (facts.hasFlashAttention) {
    const mixed = graph.op([query, mask], [mixer.valueDim, heads, rows])
    return graph.view(mixed, [width, rows, 1])
  }
  const scores = graph.op([query], [cells, rows, heads])
  const weights = graph.op([scores, mask], [cells, rows, heads], { inPlace: true })
  const mixed = graph.op([weights], [mixer.valueDim, rows, heads])
  return graph.op([graph.view(mixed, [mixer.valueDim, heads, rows], true)], [width, rows, 1])
}

/** One mask for all full layers and one for all windowed ones. */
function addMask(graph: OpGraph, facts: GraphFacts, windowCells: number | undefined): TensorId {
  const name = windowCells === undefined ? 'full mask' : 'window mask'
  const cells = windowCells ?? facts.cells
  const isCast = facts.hasFlashAttention && facts.hasWideMask
  const mask = graph.input(name, facts.rows * cells * (facts.hasFlashAttention && !isCast ? 2 : 4))
  if (!isCast) return mask
  return graph.once(`${name} in F16`, () => graph.op([mask], [cells, facts.rows, 1], { elementBytes: 2 }))
}

/** Latent attention with absorbed projections (DeepSeek V2 and V3, Kimi K2). */
export function addLatentAttention(scope: MixerScope<Latent>, hidden: TensorId): TensorId {
  const { graph, facts, mixer } = scope
  const { rows, heads } = facts
  const width = mixer.rank + mixer.ropeDim
  const query = addLatentQuery(scope, hidden)
  const compressed = graph.op([hidden], [width, rows, 1])
  const latent = addNorm(graph, graph.view(compressed, [mixer.rank, rows, 1], true))
  const positions = graph.input('positions', rows * 4)
  const ropePart = graph.op(
    [graph.view(compressed, [mixer.ropeDim, 1, rows], true), positions],
    [mixer.ropeDim, 1, rows],
  )
  const key = graph.op([graph.view(latent, [mixer.rank, 1, rows]), ropePart], [width, 1, rows])
  graph.store([graph.view(key, [width, rows, 1]), graph.input('full key rows', rows * 8)])
  const value = facts.hasFlashAttention ? undefined : graph.op([], [facts.cells, mixer.rank, 1], { elementBytes: 2 })
  const looked = graph.view(query, [width, heads, rows])
  const turned = graph.view(looked, [width, rows, heads], true)
  const mask = addMask(graph, facts, undefined)
  const mixed = addLatentScores(graph, facts, { mixer, turned, mask, ...(value === undefined ? {} : { value }) })
  const back = graph.view(mixed, [mixer.valueDim, heads, rows], true)
  return graph.op([back], [mixer.valueDim * heads, rows, 1])
}

interface LatentScores {
  readonly mixer: Latent
  readonly turned: TensorId
  readonly mask: TensorId
  readonly value?: TensorId
}

function addLatentScores(graph: OpGraph, facts: GraphFacts, parts: LatentScores): TensorId {
  const { rows, heads } = facts
  const { mixer, turned, mask, value } = parts
  const shape = [mixer.valueDim, rows, heads] as const
  if (value === undefined) {
    const mixed = graph.op([turned, mask], [mixer.rank, heads, rows])
    return graph.op([graph.view(mixed, [mixer.rank, rows, heads], true)], shape)
  }
  const scores = graph.op([turned], [facts.cells, rows, heads])
  const weights = graph.op([scores, mask], [facts.cells, rows, heads], { inPlace: true })
  const mixed = graph.op([value, weights], [mixer.rank, rows, heads])
  return graph.op([mixed], shape)
}

function addLatentQuery({ graph, facts, mixer }: MixerScope<Latent>, hidden: TensorId): TensorId {
  const { rows, heads } = facts
  const headDim = mixer.nopeDim + mixer.ropeDim
  const low = mixer.queryRank > 0 ? addNorm(graph, graph.op([hidden], [mixer.queryRank, rows, 1])) : hidden
  const query = graph.op([low], [headDim * heads, rows, 1])
  const nope = graph.view(graph.view(query, [mixer.nopeDim, heads, rows], true), [mixer.nopeDim, rows, heads], true)
  const absorbed = graph.op([nope], [mixer.rank, rows, heads])
  const turned = graph.view(absorbed, [mixer.rank, heads, rows], true)
  const positions = graph.input('positions', rows * 4)
  const rope = graph.op(
    [graph.view(query, [mixer.ropeDim, heads, rows], true), positions],
    [mixer.ropeDim, heads, rows],
  )
  return graph.op([turned, rope], [mixer.rank + mixer.ropeDim, heads, rows])
}
