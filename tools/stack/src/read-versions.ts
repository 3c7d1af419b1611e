import type { ObtainedPrograms } from './obtain.ts';
import { readPins } from './pins.ts';
import { runTool } from './run-tool.ts';
import type { StackEndpoints } from './stack.ts';

/** What runs, by name. Jaeger's build tells nothing of itself, so its pin stands for it: the cache is keyed by the pins. */
export async function readVersions(
  programs: ObtainedPrograms,
  endpoints: StackEndpoints,
  only: readonly string[],
): Promise<Record<string, string>> {
  const pins = readPins();
  const versions: Record<string, string> = {};
  if (only.includes('collector')) {
    await runTool(programs.binary('otelcol', 'otelcol'), ['--version']);
    versions['OpenTelemetry Collector'] =
      `${pins.otelcol.version}, own build of ${programs.binary('otelcol', 'otelcol').split('/').at(-1)}`;
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
