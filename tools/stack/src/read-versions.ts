import { readPins } from './pins.ts';
import type { StackEndpoints } from './stack.ts';

/** What runs, by name. The builds of the Collector and of Jaeger know no version, so their pins stand for them: the cache is keyed by these. */
export async function readVersions(
  endpoints: StackEndpoints,
  only: readonly string[],
): Promise<Record<string, string>> {
  const pins = readPins();
  const versions: Record<string, string> = {};
  if (only.includes('collector')) {
    versions['OpenTelemetry Collector'] = `${pins.otelcol.version}, of the components in the manifest alone`;
  }
  if (only.includes('jaeger')) versions['Jaeger'] = `module ${pins.jaeger.version}`;
  if (only.includes('prometheus')) {
    const { data } = await json<{ data: { version: string } }>(
      `${endpoints.prometheus}/api/v1/status/buildinfo`,
    );
    versions['Prometheus'] = data.version;
  }
  if (only.includes('elasticsearch')) {
    const { version } = await json<{ version: { number: string } }>(endpoints.elasticsearch);
    versions['Elasticsearch'] = `${version.number}, server alone, without x-pack`;
  }
  return versions;
}

async function json<Answer>(url: string): Promise<Answer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  return (await response.json()) as Answer;
}
