import { type LayerState } from '#shared/domain/architecture'
import { assertNever } from '#shared/domain/result'

/** Elements of the recurrent state of one layer and one slot; llama.cpp always keeps them in F32. */
export interface StateElements {
  readonly convolution: number
  readonly recurrent: number
}

/**
 * State of one layer and slot, or `undefined` when the config does not say enough.
 * Source: `llama_hparams::n_embd_r` and `n_embd_s` (b10256); Mamba 1 has no groups.
 */
export function stateElements(state: LayerState, hiddenSize: number | undefined): StateElements | undefined {
  switch (state.kind) {
    case 'mamba':
      return mambaElements(state, 0)
    case 'mamba2':
      return state.group_count === undefined ? undefined : mambaElements(state, state.group_count)
    case 'gated_delta': {
      const groups = state.group_count ?? state.num_key_heads
      return groups === undefined ? undefined : mambaElements(state, groups)
    }
    case 'short_conv': {
      const width = state.width ?? hiddenSize
      const taps = state.l_cache ?? state.conv_kernel
      if (width === undefined || taps === undefined) return undefined
      return { convolution: width * Math.max(taps - 1, 0), recurrent: 0 }
    }
    case 'kda':
      return kdaElements(state)
    case 'rwkv': {
      const width = state.width ?? hiddenSize
      if (width === undefined || state.head_dim === undefined) return undefined
      // Two shifted tokens (attention and channel mix) in all but the Qwen hybrids, which say so in `l_cache`.
      return { convolution: (state.l_cache ?? 2) * width, recurrent: width * state.head_dim }
    }
    default:
      return assertNever(state.kind)
  }
}

function mambaElements(state: LayerState, groups: number): StateElements | undefined {
  const inner = innerSize(state)
  const size = state.state_size ?? state.key_head_dim
  if (inner === undefined || size === undefined || state.conv_kernel === undefined) return undefined
  return { convolution: Math.max(state.conv_kernel - 1, 0) * (inner + 2 * groups * size), recurrent: size * inner }
}

/** Width of the state's inner channel, from whichever names the config used. */
export function innerSize(state: LayerState): number | undefined {
  if (state.inner_size !== undefined) return state.inner_size
  const heads = state.num_value_heads ?? state.num_heads
  const dim = state.value_head_dim ?? state.head_dim
  return heads === undefined || dim === undefined ? undefined : heads * dim
}

function kdaElements(state: LayerState): StateElements | undefined {
  const heads = state.num_heads ?? state.num_value_heads
  const dim = state.head_dim ?? state.key_head_dim
  if (heads === undefined || dim === undefined) return undefined
  const taps = Math.max((state.conv_kernel ?? 4) - 1, 0)
  return { convolution: 3 * taps * heads * dim, recurrent: dim * dim * heads }
}

export function stateTotal(elements: StateElements): number {
  return elements.convolution + elements.recurrent
}
