/** Context and batch of a question when neither a person nor the launch flags state them: pages and badges ask the same. */
export const startContextTokens = 8192
export const startBatch = 1
