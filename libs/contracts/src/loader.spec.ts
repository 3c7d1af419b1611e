import type { ServiceDefinition } from '@grpc/grpc-js';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import type { ChatChunk, ChatRequestInit } from './generated/api-v1.ts';
import type { GenerateRequest, GenerateRequestInit } from './generated/engine-v1.ts';
import { gpuCoordinator, inferenceEngine, llmService, reflectedPackage } from './loader.ts';

const services: Record<string, ServiceDefinition> = {
  'ryzanstein.api.v1.LlmService': llmService,
  'ryzanstein.gpu.v1.GpuCoordinator': gpuCoordinator,
  'ryzanstein.engine.v1.InferenceEngine': inferenceEngine,
};

/** `rpc` lines of a .proto file: method → [request streams, response streams]. */
function declared(file: string): Record<string, [boolean, boolean]> {
  const text = readFileSync(new URL(`../../../protos/ryzanstein/${file}`, import.meta.url), 'utf8');
  const lines = [...text.matchAll(/rpc (\w+)\((stream )?\w+\) returns \((stream )?\w+\)/g)];
  return Object.fromEntries(lines.map(([, name = '', request, response]) => [name, [!!request, !!response]]));
}

describe('the service definitions', () => {
  it.each([
    ['ryzanstein.api.v1.LlmService', 'api/v1/llm.proto'],
    ['ryzanstein.gpu.v1.GpuCoordinator', 'gpu/v1/coordinator.proto'],
    ['ryzanstein.engine.v1.InferenceEngine', 'engine/v1/engine.proto'],
  ])('%s has the methods and call shapes of %s', (name, file) => {
    const loaded = Object.entries(services[name] ?? {}).map(([method, definition]) => {
      expect(definition.path).toBe(`/${name}/${method}`);
      return [method, [definition.requestStream, definition.responseStream]];
    });
    expect(Object.fromEntries(loaded)).toEqual(declared(file));
    expect(loaded.length).toBeGreaterThan(4);
  });
});

describe('what is read at run time', () => {
  function readBack(init: GenerateRequestInit): GenerateRequest {
    return inferenceEngine.Generate.requestDeserialize(inferenceEngine.Generate.requestSerialize(init));
  }

  it('has the shape that the generated types give', () => {
    const expected: GenerateRequest = {
      model: '',
      sampling: null,
      stopping: null,
      leaseId: '',
      leaseEpoch: '0',
      gpuId: 0,
      clientStreams: false,
      responseId: '',
      priority: 0,
      responseFormat: null,
    };
    expect(readBack({})).toEqual(expected);
  });

  it('keeps 64-bit integers, tells an absent number from 0, and names the oneof that is set', () => {
    const read = readBack({ leaseEpoch: '18446744073709551615', sampling: { temperature: 0 }, text: 'hi' });
    expect(read.leaseEpoch).toBe('18446744073709551615');
    expect(read.sampling?.temperature).toBe(0);
    expect(read.sampling?.topP).toBeUndefined();
    expect(read.prompt).toBe('text');
  });

  it('reads enums by name', () => {
    const chunk = { finishReason: 'FINISH_REASON_LENGTH' } as const;
    const read: ChatChunk = llmService.ChatStream.responseDeserialize(
      llmService.ChatStream.responseSerialize(chunk),
    );
    expect(read.finishReason).toBe('FINISH_REASON_LENGTH');
    expect(read.delta).toBeNull();
  });

  it('takes an unsigned seed beyond 2^53', () => {
    const init: ChatRequestInit = { seed: '9007199254740993' };
    const read = llmService.Chat.requestDeserialize(llmService.Chat.requestSerialize(init));
    expect(read.seed).toBe('9007199254740993');
  });
});

describe('the reflected package', () => {
  interface Message {
    name: string;
    field: { name: string; proto3Optional?: boolean; typeName?: string }[];
    nestedType: { name: string; options?: { mapEntry?: boolean } }[];
  }
  const files = (reflectedPackage['files'] as unknown as { fileDescriptorProtos: Buffer[] })
    .fileDescriptorProtos;
  const messages = files.flatMap(
    (file) =>
      (descriptor.FileDescriptorProto.decode(file) as unknown as { messageType: Message[] }).messageType,
  );
  const find = (name: string): Message | undefined => messages.find((message) => message.name === name);

  it('names fields as the .proto files do, and marks what is optional', () => {
    const maxTokens = find('ChatRequest')?.field.find(({ name }) => name === 'max_tokens');
    expect(maxTokens?.proto3Optional).toBe(true);
    expect(find('ChatRequest')?.field.find(({ name }) => name === 'messages')?.proto3Optional).not.toBe(true);
  });

  it('names the entries of maps as readers expect', () => {
    const command = find('DeviceCommand');
    expect(command?.nestedType).toMatchObject([{ name: 'GpuIdsEntry', options: { mapEntry: true } }]);
    expect(command?.field.find(({ name }) => name === 'gpu_ids')?.typeName).toMatch(/(^|\.)GpuIdsEntry$/);
  });
});

describe('the generated files', () => {
  it('are what the generator writes', () => {
    const script = fileURLToPath(new URL('../scripts/generate.ts', import.meta.url));
    expect(() =>
      execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe', env: {} }),
    ).not.toThrow();
  });
});
