import { randomUUID } from 'node:crypto';
import { arch, hostname, type as osType } from 'node:os';
import { resourceFromAttributes, type Resource } from '@opentelemetry/resources';

/** What the signals of a process say about it. `given` comes from OTEL_RESOURCE_ATTRIBUTES. */
export function processResource(
  serviceName: string,
  serviceVersion: string | undefined,
  given: Readonly<Record<string, string>>,
): Resource {
  const version = serviceVersion ?? given['service.version'];
  return resourceFromAttributes({
    'service.namespace': 'ryzanstein',
    'deployment.environment.name': 'development',
    'host.name': hostname(),
    'host.arch': arch(),
    'os.type': osType().toLowerCase(),
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    // Each start is an instance of its own, or a restart would look like a counter that jumps back.
    'service.instance.id': randomUUID(),
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': 'opentelemetry',
    ...given,
    'service.name': serviceName,
    ...(version === undefined ? {} : { 'service.version': version }),
  });
}
