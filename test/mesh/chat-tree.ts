/** The declared trace of one chat that ends well, as `outline` writes it. */
export const chatTree = (method: string, waited = false): string =>
  [
    `ryzanstein.api.v1.LlmService/${method} SERVER ryzanstein-api`,
    '  ryzanstein.gpu.v1.GpuCoordinator/Acquire CLIENT ryzanstein-api',
    '    ryzanstein.gpu.v1.GpuCoordinator/Acquire SERVER ryzanstein-gpu',
    ...(waited ? ['      gpu.lease.wait INTERNAL ryzanstein-gpu'] : []),
    '  ryzanstein.engine.v1.InferenceEngine/Generate CLIENT ryzanstein-api',
    '    ryzanstein.engine.v1.InferenceEngine/Generate SERVER ryzanstein-inference',
    `      ${method.startsWith('Chat') ? 'chat' : 'text_completion'} ryzanstein-tiny INTERNAL ryzanstein-inference`,
    '        queue INTERNAL ryzanstein-inference',
    '        prefill INTERNAL ryzanstein-inference',
    '        decode INTERNAL ryzanstein-inference',
    '  ryzanstein.gpu.v1.GpuCoordinator/Release CLIENT ryzanstein-api',
    '    ryzanstein.gpu.v1.GpuCoordinator/Release SERVER ryzanstein-gpu',
  ].join('\n');
