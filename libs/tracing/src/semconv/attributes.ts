import { callAttributes } from './call-attributes.ts';
import { generationAttributes } from './generation-attributes.ts';
import { leaseAttributes } from './lease-attributes.ts';
import { phaseAttributes } from './phase-attributes.ts';
import type { AttributeType } from './registry.ts';

/**
 * Every attribute that the mesh's own spans, links and events carry.
 *
 * @example
 * const { type, description } = attributes['ryzanstein.model'];
 * console.log(type, description); // string The model that answers.
 */
export const attributes = {
  ...callAttributes,
  ...generationAttributes,
  ...phaseAttributes,
  ...leaseAttributes,
} as const;

/**
 * Names of before the RPC release candidate, written under `OTEL_SEMCONV_STABILITY_OPT_IN=rpc/dup` alone.
 *
 * @example
 * console.log(deprecatedAttributes['rpc.system']); // rpc.system.name
 */
export const deprecatedAttributes = {
  'rpc.system': 'rpc.system.name',
  'rpc.service': 'rpc.method',
  'rpc.grpc.status_code': 'rpc.response.status_code',
  'grpc.error_name': 'error.type',
  'grpc.error_message': 'the status message',
  'gen_ai.system': 'gen_ai.provider.name',
  'http.method': 'http.request.method',
  'http.status_code': 'http.response.status_code',
  'net.peer.name': 'server.address',
  'net.peer.port': 'server.port',
} as const satisfies Record<string, string>;

interface ValueOf extends Record<AttributeType, unknown> {
  string: string;
  int: number;
  double: number;
  boolean: boolean;
  'string[]': string[];
}

/**
 * Attributes of the mesh's own spans: keys and types are checked against the registry at compile time.
 *
 * @example
 * const counted: SpanAttributes = { 'ryzanstein.tokens.input': 12, 'ryzanstein.tokens.output': 128 };
 * currentSpan()?.setAttributes(counted);
 */
export type SpanAttributes = {
  -readonly [K in keyof typeof attributes]?: ValueOf[(typeof attributes)[K]['type']] | undefined;
};
