import { expect, it } from 'vitest'
import { isAllowedExternalUrl } from './external-url'

it.each([
  ['https://huggingface.co/Qwen/Qwen3-8B', true],
  ['https://docs.vllm.ai/en/latest/#x', true],
  ['http://huggingface.co/', false],
  ['https://huggingface.co.evil.example/', false],
  ['https://evil.example/?https://huggingface.co', false],
  ['https://user:pw@huggingface.co/', false],
  ['https://huggingface.co:8443/', false],
  ['file:///etc/passwd', false],
  ['javascript:alert(1)', false],
  ['smb://server/share', false],
  ['ms-settings:', false],
  ['', false],
  [`https://huggingface.co/${'x'.repeat(3000)}`, false],
])('%s: %s', (url, expected) => {
  expect(isAllowedExternalUrl(url)).toBe(expected)
})
