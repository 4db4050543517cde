import { type JsonObject } from '#shared/domain/json'

/**
 * Two starts as an engine would report them on an RTX 4090 and with Ollama. The figures follow the memory models
 * (budget = weights + activation + non-torch + cache), they are not taken from a machine.
 */
export const sampleMetrics: readonly JsonObject[] = [
  {
    timestamp: '2026-01-06T08:12:41+00:00',
    model: 'llama-3.1-8b-instruct',
    backend: 'vllm',
    served_model_id: null,
    payload: {
      source: 'sample-library',
      extra_args: ['--max-model-len', '16384', '--gpu-memory-utilization', '0.9', '--max-num-seqs', '2'],
      metrics: {
        configured_max_model_len: 16384,
        configured_max_num_seqs: 2,
        configured_gpu_memory_utilization: 0.9,
        configured_tensor_parallel_size: 1,
        configured_kv_cache_dtype: 'auto',
        runtime_context_tokens: 16384,
        runtime_max_batch_size: 2,
        gpu_memory_gib: { index: 0, name: 'NVIDIA GeForce RTX 4090', used: 21.63, total: 23.52 },
        engine_version: '0.11.1',
        dtype: 'bfloat16',
        kv_cache_dtype: 'bfloat16',
        weights_gib: 14.9889,
        peak_activation_gib: 0.21,
        non_torch_gib: 0.09,
        available_kv_gib: 5.88,
        kv_cache_tokens: 48144,
        kv_block_size: 16,
        kv_num_blocks: 3009,
        max_concurrency: 2.94,
        cuda_graph_gib: 0.46,
        load_seconds: 6.2,
      },
    },
  },
  {
    timestamp: '2026-01-06T09:30:05+00:00',
    model: 'llama3.1-8b-q4_k_m',
    backend: 'ollama',
    served_model_id: 'llama3.1:8b-instruct-q4_K_M',
    payload: {
      source: 'sample-library',
      extra_args: ['--num-ctx', '8192'],
      metrics: {
        runtime_context_tokens: 8192,
        runtime_max_batch_size: 1,
        engine_version: '0.13.5',
        quantization: 'q4_k_m',
        kv_cache_dtype: 'f16',
        kv_mib: 1024,
        model_buffer_mib: 4403.49,
        compute_mib: 258.5,
        buffers_mib: { CUDA0: { model: 4403.49, kv: 1024, compute: 258.5 }, CPU_Mapped: { model: 281.81 } },
        gpu_memory_gib: { index: 0, name: 'NVIDIA GeForce RTX 4090', total: 24 },
        offloaded_layers: 33,
        total_layers: 33,
      },
    },
  },
]
