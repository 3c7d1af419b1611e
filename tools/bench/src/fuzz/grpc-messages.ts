import { gpuCoordinator, inferenceEngine, llmService } from '@ryzanstein/contracts';
import { mutated, type Draw } from './draw.ts';

/** A server of the mesh. */
export type Target = 'api' | 'gpu' | 'inference';

/** A method, and the bytes of a message that it takes. */
export interface RpcMessage {
  readonly path: string;
  readonly bytes: Buffer;
}

const services = { api: llmService, gpu: gpuCoordinator, inference: inferenceEngine };

const chat = { role: 'user', content: 'What is a span?' };
// Nothing that is asked of the coordinator may take the place of the mesh's own engine and leases: what
// it is told belongs to a model of this name.
const nobodys = 'fuzz-model';
const sampling = { maxTokens: 2, temperature: 0, seed: '7', stop: ['.'], priority: 1 };
const format = { type: 'json_schema', jsonSchema: '{"type":"object","properties":{"a":{"type":"string"}}}' };
const device = {
  deviceId: 'd',
  kind: 'cpu',
  name: 'n',
  model: nobodys,
  contextLength: 512,
  slots: 2,
  capacity: 4,
};
const held = { leaseId: 'no-lease', epoch: '4294967297', engineId: 'e', deviceId: 'd', slots: 1, ttlMs: 500 };

const requests: Readonly<Record<Target, (model: string) => Readonly<Record<string, object>>>> = {
  api: (model) => ({
    Chat: { model, messages: [chat], ...sampling },
    ChatStream: { model, messages: [chat], ...sampling, responseFormat: format },
    Complete: { model, prompt: 'Once upon', ...sampling },
    CompleteStream: { model, prompt: 'Once upon', ...sampling, topP: 0.5, topK: 4 },
    Embed: { model, input: ['a', 'b'] },
    ListModels: {},
    CountTokens: { model, chat: { messages: [chat] } },
  }),
  gpu: () => ({
    Acquire: {
      clientId: 'f',
      idempotencyKey: 'k',
      holderId: 'h',
      model: nobodys,
      slots: 1,
      ttlMs: 500,
      prefixKey: 'p',
    },
    KeepAlive: { holderId: 'h', leases: [held] },
    Release: { leaseId: 'no-lease', idempotencyKey: 'k', holderId: 'h', outcome: 'OK' },
    ReportDevices: {
      engineId: 'fuzz',
      engineAddress: '127.0.0.1:1',
      devices: [device],
      running: [held],
      highestEpoch: '1',
    },
    ListDevices: {},
    WatchLeases: {},
  }),
  inference: (model) => ({
    Generate: {
      model,
      chat: { messages: [chat] },
      sampling: { temperature: 0, topK: 3, seed: '1' },
      stopping: { maxTokens: 2, stop: ['.'] },
      leaseId: 'no-lease',
      leaseEpoch: '4294967297',
    },
    Embed: { model, input: ['a'], leaseId: 'no-lease', leaseEpoch: '4294967297' },
    EndLease: { leaseId: 'no-lease' },
    Tokenize: { model, text: 'a b c', withIds: true },
    GetModelInfo: {},
    GetLoad: {},
  }),
};

/** A valid message of one of the methods. */
export function validMessage(draw: Draw, target: Target, model: string): RpcMessage {
  const [name, request] = draw.pick(Object.entries(requests[target](model)));
  const method = (services[target] as unknown as Record<string, Serialized>)[name];
  if (method === undefined) throw new Error(`${target} has no method ${name}`);
  return { path: method.path, bytes: method.requestSerialize(request) };
}

interface Serialized {
  readonly path: string;
  requestSerialize(request: object): Buffer;
}

/** The bytes of a message, possibly of none. */
export function hostileBytes(draw: Draw, bytes: Buffer): Buffer {
  return draw.pick<() => Buffer>([
    () => bytes,
    () => mutated(draw, bytes),
    () => mutated(draw, bytes, 1),
    () => Buffer.concat([bytes, protobufSoup(draw)]),
    () => protobufSoup(draw),
    () => Buffer.concat([bytes, bytes]),
    () => draw.bytes(draw.whole(0, 100)),
  ])();
}

/** Fields of any number and type, whose lengths and groups may be lies. */
export function protobufSoup(draw: Draw): Buffer {
  const pieces: Buffer[] = [];
  for (let count = draw.whole(1, 12); count > 0; count--) {
    const type = draw.whole(0, 7);
    pieces.push(varint((draw.pick([0, 1, 2, 3, 5, 9, 15, 100, 536_870_911]) * 8 + type) >>> 0));
    if (type === 0)
      pieces.push(draw.chance(0.5) ? draw.bytes(draw.whole(1, 11)) : varint(draw.whole(0, 2 ** 31)));
    else if (type === 1) pieces.push(draw.bytes(8));
    else if (type === 5) pieces.push(draw.bytes(4));
    else if (type === 2) {
      const inner = draw.chance(0.3)
        ? nestedField(draw.pick([3, 200, 5_000]))
        : draw.bytes(draw.whole(0, 20));
      pieces.push(
        varint(draw.chance(0.8) ? inner.length : draw.pick([2 ** 31, 2 ** 32 - 1, 1_000_000])),
        inner,
      );
    }
  }
  return Buffer.concat(pieces);
}

/** Field 2, length-delimited, within itself. */
function nestedField(depth: number): Buffer {
  const heads: Buffer[] = [];
  let length = 0;
  for (let level = 0; level < depth; level++) {
    const head = Buffer.concat([Buffer.from([0x12]), varint(length)]);
    heads.push(head);
    length += head.length;
  }
  return Buffer.concat(heads.toReversed());
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return Buffer.from([...bytes, left]);
}

/** Bytes as gRPC frames them. */
export function framed(bytes: Buffer, flag = 0, length = bytes.length): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(length >>> 0, 1);
  return Buffer.concat([head, bytes]);
}
