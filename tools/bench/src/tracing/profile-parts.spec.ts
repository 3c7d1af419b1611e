import { modulesOf, parts, partsOf, type CpuProfile } from './profile-parts.ts';

const bundle = [
  'import x from "y";',
  '// ../../node_modules/@opentelemetry/sdk-trace/build/esm/Tracer.js',
  'function startSpan() {}',
  '// a remark, no module',
  '// ../../libs/tracing/src/export/otlp-spans.ts',
  'function writeSpan() {}',
  '// ../../libs/tracing/src/grpc/rpc-span.ts',
  'function settle() {}',
  '// src/tracing/subject.ts',
  'function run() {}',
].join('\n');

const frame = (functionName: string, url: string, lineNumber = 0) => ({ functionName, url, lineNumber });
const subject = 'file:///x/dist/tracing/subject.mjs';

test('a line of a bundle belongs to the module that was named last before it', () => {
  const at = modulesOf(bundle);
  expect(at(0)).toBe('');
  expect(at(3)).toBe('../../node_modules/@opentelemetry/sdk-trace/build/esm/Tracer.js');
  expect(at(9)).toBe('src/tracing/subject.ts');
});

test('each sample counts for what its code belongs to, and idle time for nothing', () => {
  const frames = [
    frame('(idle)', ''),
    frame('(garbage collector)', ''),
    frame('(program)', ''),
    frame('request', 'node:internal/http2/core'),
    frame('emit', 'node:events'),
    frame('start', 'file:///x/node_modules/@grpc/grpc-js/build/src/client.js'),
    frame('encode', 'file:///x/node_modules/protobufjs/src/writer.js'),
    frame('startSpan', subject, 2),
    frame('writeSpan', subject, 5),
    frame('settle', subject, 7),
    frame('run', subject, 9),
    frame('patched', 'file:///x/node_modules/@opentelemetry/instrumentation-grpc/build/src/index.js'),
  ];
  const profile: CpuProfile = {
    nodes: frames.map((callFrame, id) => ({ id, callFrame })),
    samples: [...frames.keys(), 5],
    timeDeltas: [...frames.keys(), 5].map((id) => 2 ** id),
  };
  const times = partsOf(profile, modulesOf(bundle));
  expect(Object.keys(times)).toEqual([...parts]);
  expect(times).toEqual({
    'garbage collection': 2,
    'V8 and libuv': 4,
    'Node, HTTP/2': 8,
    'Node, else': 16,
    'grpc-js': 64,
    'messages (protobuf)': 64,
    'OpenTelemetry SDK and API': 128,
    "the mesh's encoder and export": 256,
    "the mesh's spans, propagation, metrics": 512,
    'the benchmark': 1024,
    'instrumentation-grpc': 2048,
  });
});
