import { expectTree, startTestTelemetry, type RecordedSpan, type SpanRecorder } from '../src/index.ts';
import { TraceContext, type Telemetry } from '@ryzanstein/tracing';

let telemetry: Telemetry;
let recorder: SpanRecorder;

beforeEach(() => {
  ({ telemetry, recorder } = startTestTelemetry());
});
afterEach(() => telemetry.shutdown());

/** A root with two children, the second of which failed. */
function record(): readonly RecordedSpan[] {
  telemetry.tracer.recordSpan({
    name: 'chat m',
    parent: TraceContext.fromHeaders({}),
    startEpochMs: 10,
    endEpochMs: 30,
    attributes: { 'ryzanstein.model': 'm' },
    events: [{ name: 'first_token', epochMs: 20 }],
    children: [
      { name: 'prefill', startEpochMs: 15, endEpochMs: 20, error: { type: 'INTERNAL', message: 'it broke' } },
      { name: 'queue', startEpochMs: 10, endEpochMs: 15 },
    ],
  });
  return recorder.spans;
}

const declared = {
  name: 'chat m',
  service: 'test',
  attributes: { 'ryzanstein.model': 'm' },
  events: ['first_token'],
  links: 0,
  children: [{ name: 'queue' }, { name: 'prefill', status: 'ERROR' as const }],
};

describe('expectTree', () => {
  it('accepts the declared tree, children in the order of their starts', () => {
    expectTree(record()).toEqual(declared);
    expectTree(record()).toEqual(declared, declared);
  });

  it('accepts matchers', () => {
    expectTree(record()).toEqual({
      ...declared,
      attributes: { 'ryzanstein.model': expect.stringMatching(/m/), 'ryzanstein.gpu.id': undefined },
    });
  });

  it.each([
    ['a missing child', { ...declared, children: [{ name: 'queue' }] }, '+   prefill  INTERNAL  test  ERROR'],
    [
      'a child too many',
      { ...declared, children: [...declared.children, { name: 'decode' }] },
      '-   decode  INTERNAL  test  UNSET',
    ],
    [
      'another order',
      { ...declared, children: [...declared.children].reverse() },
      '-   prefill  INTERNAL  test  ERROR',
    ],
    [
      'another attribute',
      { ...declared, attributes: { 'ryzanstein.model': 'x' } },
      '-     ryzanstein.model = "x"\n+     ryzanstein.model = "m"',
    ],
    [
      'an absent attribute',
      { ...declared, attributes: { 'ryzanstein.gpu.id': 1 } },
      '-     ryzanstein.gpu.id = 1\n+     ryzanstein.gpu.id = absent',
    ],
    ['another event', { ...declared, events: [] }, '-     events: \n+     events: first_token'],
    [
      'another kind',
      { ...declared, kind: 'SERVER' as const },
      '- chat m  SERVER  test  UNSET\n+ chat m  INTERNAL  test  UNSET',
    ],
    [
      'another service',
      { ...declared, service: 'other' },
      '- chat m  INTERNAL  other  UNSET\n+ chat m  INTERNAL  test  UNSET',
    ],
    [
      'another status',
      { ...declared, children: [{ name: 'queue' }, { name: 'prefill' }] },
      '+       (it broke)',
    ],
  ])('shows %s', (_title, tree, line) => {
    const spans = record();
    expect(() => expectTree(spans).toEqual(tree)).toThrow(line);
  });
});
