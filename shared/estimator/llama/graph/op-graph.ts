import { BlockAllocator } from './block-allocator'

/** Handle of a tensor of the graph. */
export type TensorId = number

/** Elements by dimension. Two tensors of equal shape and element size can share a buffer. */
export type Shape = readonly [number, number, number]

interface GraphTensor {
  readonly bytes: number
  readonly shape: Shape
  readonly elementBytes: number
  readonly sources: readonly TensorId[]
  /** The tensor whose memory a view shows. */
  readonly root: TensorId | undefined
  /** Strided views never lend their memory to a result. */
  readonly isStrided: boolean
  readonly isInPlace: boolean
  /** Kept to the end: logits and embeddings that a caller reads. */
  readonly isOutput: boolean
  /** Writes into the cache: takes nothing of the buffer. */
  readonly isExternal: boolean
}

interface OpOptions {
  readonly inPlace?: boolean
  readonly output?: boolean
  readonly elementBytes?: number
}

/**
 * The graph of one micro-batch, as a list of results in the order of computation, without values: enough to know what
 * ggml's graph allocator needs. Weights and caches have buffers of their own and are left out.
 */
export class OpGraph {
  readonly #tensors: GraphTensor[] = []
  readonly #inputs: TensorId[] = []
  readonly #named = new Map<string, TensorId>()
  readonly #order: TensorId[] = []

  /** An input by name, made on first use: the order of first use is the order in the buffer. */
  input(name: string, bytes: number): TensorId {
    const known = this.#named.get(name)
    if (known !== undefined) return known
    const id = this.#add({ bytes, shape: [bytes, 1, 1], elementBytes: 1, sources: [], ...plain })
    this.#named.set(name, id)
    this.#inputs.push(id)
    return id
  }

  /** An input whose shape matters, since a result may take its place. */
  shapedInput(name: string, shape: Shape): TensorId {
    const known = this.#named.get(name)
    if (known !== undefined) return known
    const id = this.#add({ bytes: elements(shape) * 4, shape, elementBytes: 4, sources: [], ...plain })
    this.#named.set(name, id)
    this.#inputs.push(id)
    return id
  }

  /** A result that several layers share: computed where it is first needed. */
  once(name: string, make: () => TensorId): TensorId {
    const known = this.#named.get(name)
    if (known !== undefined) return known
    const id = make()
    this.#named.set(name, id)
    return id
  }

  op(sources: readonly TensorId[], shape: Shape, options: OpOptions = {}): TensorId {
    const elementBytes = options.elementBytes ?? 4
    return this.#node({
      bytes: elements(shape) * elementBytes,
      shape,
      elementBytes,
      sources,
      root: undefined,
      isStrided: false,
      isInPlace: options.inPlace ?? false,
      isOutput: options.output ?? false,
      isExternal: false,
    })
  }

  /** Another look at the same memory. `strided`: rows are not adjacent, or dimensions are swapped. */
  view(source: TensorId, shape: Shape, strided = false): TensorId {
    const from = this.#get(source)
    return this.#node({
      bytes: 0,
      shape,
      elementBytes: from.elementBytes,
      sources: [source],
      root: from.root ?? source,
      isStrided: strided,
      isInPlace: false,
      isOutput: false,
      isExternal: false,
    })
  }

  /** Something is written into a cache. */
  store(sources: readonly TensorId[]): void {
    this.#node({ bytes: 0, shape: [0, 0, 0], elementBytes: 4, sources, ...plain, isExternal: true })
  }

  shape(id: TensorId): Shape {
    return this.#get(id).shape
  }

  /** Bytes of the inputs together. */
  inputBytes(): number {
    return this.#inputs.reduce((sum, id) => sum + Math.ceil(this.#get(id).bytes / 32) * 32, 0)
  }

  /**
   * Size of the buffer that the graph allocator reserves, bytes. `pinnedCopies` above 1: pipeline parallelism keeps
   * so many copies of every input to the end.
   */
  bufferBytes(alignment: number, pinnedCopies = 1): number {
    return new Allocation(this.#tensors, this.#inputs, this.#order, alignment).run(pinnedCopies)
  }

  #node(tensor: GraphTensor): TensorId {
    const id = this.#add(tensor)
    this.#order.push(id)
    return id
  }

  #add(tensor: GraphTensor): TensorId {
    return this.#tensors.push(tensor) - 1
  }

  #get(id: TensorId): GraphTensor {
    const tensor = this.#tensors[id]
    if (tensor === undefined) throw new Error(`There is no tensor ${id}.`)
    return tensor
  }
}

// Every tensor has the same fields in the same order: the solver makes thousands of them.
const plain = { root: undefined, isStrided: false, isInPlace: false, isOutput: false, isExternal: false } as const

function elements(shape: Shape): number {
  return shape[0] * shape[1] * shape[2]
}

/** One run of `ggml_gallocr_alloc_graph_impl`. */
class Allocation {
  readonly #tensors: readonly GraphTensor[]
  readonly #inputs: readonly TensorId[]
  readonly #order: readonly TensorId[]
  readonly #blocks: BlockAllocator
  readonly #children: Int32Array
  readonly #views: Int32Array
  readonly #isAllocated: Uint8Array
  readonly #isPinned: Uint8Array
  readonly #offsets: Float64Array

  constructor(
    tensors: readonly GraphTensor[],
    inputs: readonly TensorId[],
    order: readonly TensorId[],
    alignment: number,
  ) {
    this.#tensors = tensors
    this.#inputs = inputs
    this.#order = order
    this.#blocks = new BlockAllocator(alignment)
    this.#children = new Int32Array(tensors.length)
    this.#views = new Int32Array(tensors.length)
    this.#isAllocated = new Uint8Array(tensors.length)
    this.#isPinned = new Uint8Array(tensors.length)
    this.#offsets = new Float64Array(tensors.length)
  }

  run(pinnedCopies: number): number {
    for (const id of this.#inputs) {
      for (let copy = 1; copy < pinnedCopies; copy += 1) this.#blocks.allocate(this.#at(id).bytes)
      this.#place(id)
      if (pinnedCopies > 1) this.#isPinned[id] = 1
    }
    for (const id of this.#order) this.#count(id)
    for (const id of this.#order) {
      this.#allocate(id)
      for (const source of this.#at(id).sources) this.#finish(source)
    }
    return this.#blocks.highWater
  }

  #count(id: TensorId): void {
    const tensor = this.#at(id)
    if (tensor.root !== undefined) this.#views[tensor.root] = (this.#views[tensor.root] ?? 0) + 1
    for (const source of tensor.sources) this.#children[source] = (this.#children[source] ?? 0) + 1
  }

  #allocate(id: TensorId): void {
    const tensor = this.#at(id)
    if (tensor.root !== undefined || tensor.isExternal) return
    if (tensor.isInPlace && this.#takeOver(id, tensor)) return
    this.#place(id)
  }

  #place(id: TensorId): void {
    this.#offsets[id] = this.#blocks.allocate(this.#at(id).bytes)
    this.#isAllocated[id] = 1
  }

  /** A result may replace a source that nobody needs any more and that lies in memory in the same way. */
  #takeOver(id: TensorId, tensor: GraphTensor): boolean {
    for (const source of tensor.sources) {
      const parent = this.#at(source)
      // The allocator never marks views as its own: what they show is not taken over.
      if (parent.root !== undefined || parent.isOutput || this.#isPinned[source] === 1) continue
      if (this.#isAllocated[source] !== 1 || !isSameLayout(tensor, parent)) continue
      if (this.#children[source] !== 1 || this.#views[source] !== 0) continue
      this.#isAllocated[source] = 0
      this.#isAllocated[id] = 1
      this.#offsets[id] = this.#offsets[source] ?? 0
      return true
    }
    return false
  }

  #finish(source: TensorId): void {
    this.#children[source] = (this.#children[source] ?? 0) - 1
    if (this.#children[source] !== 0 || this.#views[source] !== 0) return
    const root = this.#at(source).root
    if (root === undefined) {
      this.#free(source)
      return
    }
    this.#views[root] = (this.#views[root] ?? 0) - 1
    if (this.#views[root] === 0 && this.#children[root] === 0) this.#free(root)
  }

  #free(id: TensorId): void {
    if (this.#isAllocated[id] !== 1 || this.#at(id).isOutput || this.#isPinned[id] === 1) return
    this.#isAllocated[id] = 0
    this.#blocks.release(this.#offsets[id] ?? 0, this.#at(id).bytes)
  }

  #at(id: TensorId): GraphTensor {
    const tensor = this.#tensors[id]
    if (tensor === undefined) throw new Error(`There is no tensor ${id}.`)
    return tensor
  }
}

function isSameLayout(left: GraphTensor, right: GraphTensor): boolean {
  return (
    left.elementBytes === right.elementBytes &&
    left.shape[0] === right.shape[0] &&
    left.shape[1] === right.shape[1] &&
    left.shape[2] === right.shape[2]
  )
}
