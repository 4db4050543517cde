import { classDefaultsOf } from './class-defaults'

/** Encoders: no cache. Model types of Transformers and of widespread remote code. */
const encoders = new Set(
  (
    'albert bert big_bird camembert canine clip clip_text_model clip_vision_model convbert data2vec-text deberta deberta-v2 ' +
    'dinov2 distilbert electra ernie esm eurobert flaubert fnet funnel gte hubert ibert jina_embeddings_v3 layoutlm layoutlmv2 ' +
    'layoutlmv3 lilt longformer luke markuplm megatron-bert mobilebert modernbert modernvbert mpnet mra new neobert nezha ' +
    'nomic_bert nystromformer qdqbert rembert roberta roberta-prelayernorm roc_bert roformer siglip siglip2 siglip_text_model ' +
    'siglip_vision_model siglip2_vision_model splinter squeezebert swin swinv2 tapas vit vit_mae wav2vec2 wav2vec2-bert wavlm ' +
    'xlm-roberta xlm-roberta-xl xmod yoso chinese_clip align altclip beit deit dinov3_vit xlm intern_vit_6b'
  ).split(' '),
)

/** Families whose position table starts behind the padding index: two of the stated positions are reserved. */
const robertaLike = new Set([
  'roberta',
  'xlm-roberta',
  'xlm-roberta-xl',
  'camembert',
  'data2vec-text',
  'roberta-prelayernorm',
  'mpnet',
])

const encoderDecoders = new Set(
  (
    'bart bigbird_pegasus blenderbot blenderbot-small fsmt led longt5 m2m_100 marian mbart moonshine mt5 mvp nllb-moe pegasus ' +
    'pegasus_x plbart prophetnet speech_to_text switch_transformers t5 t5gemma t5gemma2 udop umt5 whisper florence2 ' +
    'encoder-decoder vision-encoder-decoder speech-encoder-decoder donut pix2struct'
  ).split(' '),
)

/** Decoder families of remote code or multimodal wrappers that the generic rules are known to describe rightly. */
const knownElsewhere = new Set(
  (
    'aquila aria aya_vision baichuan bailing_moe bailing_moe_v2 bailingmm chameleon chatglm cogvlm cogvlm2 cohere2_vision cpm ' +
    'deepseek deepseek_vl_v2 deepseek_vl deepseek_vl_hybrid deci exaone exaone4_5 florence2 gemma3 gemma3n gemma4 glm46v glm4v ' +
    'glm4v_moe glmasr gpt-j gptj grok-1 grok1 h2ovl_chat hunyuan hunyuan_vl idefics idefics2 idefics3 internlm internlm2 ' +
    'internlm3 internlmxcomposer2 interns1 internvl internvl_chat janus kimi_k2 kimi_k25 kimi_vl lfm2_vl llama4 llava ' +
    'llava_llama llava_mistral llava_next llava_next_video llava_onevision llava_qwen2 mimo mimo_v2 minicpm minicpmo minicpmv ' +
    'mistral3 mllama molmo moonlight multi_modality nemotron-nas nvlm_d olmo_1124 openelm orion ovis ovis2 pangu_ultra_moe ' +
    'PanguEmbedded paligemma phi-msft phi3_v phi3small phi4mm pixtral plamo plamo2 qwen qwen2_5_omni qwen2_5_vl qwen2_audio ' +
    'qwen2_vl qwen3_5 qwen3_5_moe qwen3_asr qwen3_omni_moe qwen3_vl qwen3_vl_moe rwkv5 rwkv6 rwkv7 rwkv_hybrid skywork_chat ' +
    'smolvlm solar step1 step3_vl step3p5 step3p7 telechat video_llava vipllava voxtral xverse yi zaya1 mamba_ssm RefinedWeb ' +
    'RefinedWebModel kimi_k3 laguna minimax_m3 minimax_text_01 minimax_m1 MiniMaxText01 nemotron_h muse_glimmer locateanything ' +
    'git spark tiny_llava bunny-llama mipha stablelm_epoch gpt_refact gpt_pangu ernie4_5_moe_vl dots_ocr dots_vlm keye KeyeVL1_5 ' +
    'mimo_v2_flash qwen2_5_vl_text longcat_flash_ngram anymodel arctic bailing_hybrid bailing_moe_linear eagle gpt_neox_japanese ' +
    'hf_olmo jais medusa mlp_speculator molmo2 nanbeige nemotron_h_puzzle nemotron_h_omni ouro PanguProMoE pangu_pro_moe phi4flash ' +
    'plamo3 trocr yuan maira2 new qwen4_exp diffusion_gemma videollama3_qwen2 baichuan_m1 NemotronH_Nano_VL_V2 Llama_Nemotron_Nano_VL'
  ).split(' '),
)

export function isEncoderType(modelType: string | undefined): boolean {
  return modelType !== undefined && encoders.has(modelType)
}

/** Draft heads without attention: their `num_heads` counts predicted tokens. */
export function hasNoLayerCache(modelType: string | undefined): boolean {
  return modelType === 'medusa' || modelType === 'mlp_speculator'
}

/** State-space and RWKV models, and draft heads of plain layers: nothing in them attends, whatever their keys are called. */
export function isAttentionFree(modelType: string | undefined): boolean {
  if (modelType === undefined || modelType === 'rwkv_hybrid') return false
  return /^(?:rwkv|mamba|falcon_mamba|xlstm)/.test(modelType) || hasNoLayerCache(modelType)
}

export function isRobertaLike(modelType: string | undefined): boolean {
  return modelType !== undefined && robertaLike.has(modelType)
}

export function isEncoderDecoderType(modelType: string | undefined): boolean {
  return modelType !== undefined && encoderDecoders.has(modelType)
}

export function isKnownType(modelType: string | undefined): boolean {
  if (modelType === undefined) return false
  return (
    encoders.has(modelType) ||
    encoderDecoders.has(modelType) ||
    knownElsewhere.has(modelType) ||
    classDefaultsOf(modelType) !== undefined
  )
}
