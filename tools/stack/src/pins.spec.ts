import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, pinsHash, programsFolder, readPins, type GoPin } from './pins.ts';

const { otelcol, jaeger, prometheus, grpcurl, grpcHealthProbe } = readPins();

const requires = (pin: GoPin): string => readFileSync(join(programsFolder, pin.module, 'go.mod'), 'utf8');

it.each<[string, GoPin, string]>([
  ['Jaeger', jaeger, 'github.com/jaegertracing/jaeger'],
  ['Prometheus', prometheus, 'github.com/prometheus/prometheus'],
  ['grpcurl', grpcurl, 'github.com/fullstorydev/grpcurl'],
  ['grpc_health_probe', grpcHealthProbe, 'github.com/grpc-ecosystem/grpc-health-probe'],
  ['the Collector', otelcol, 'go.opentelemetry.io/collector/otelcol'],
])('the pin of %s is what its go.mod requires', (_, pin, module) => {
  expect(requires(pin)).toContain(`${module} v${pin.version}`);
});

it('the Collector’s manifest, go.mod and generated source name the same components', () => {
  const manifest = readFileSync(join(programsFolder, 'otelcol', 'manifest.yaml'), 'utf8');
  const components = [...manifest.matchAll(/^ {2}- gomod: (\S+ v\S+)$/gm)].map(
    ([, component]) => component ?? '',
  );
  expect(components.length).toBeGreaterThan(20);
  const modules = requires(otelcol);
  const source = ['components.go', 'main.go']
    .map((name) => readFileSync(join(programsFolder, 'otelcol', name), 'utf8'))
    .join('\n');
  for (const component of components) {
    expect(modules).toContain(component);
    expect(source).toContain(component.split(' ')[0]);
  }
});

it('keeps the programs in a folder of the user that is named for the pins', () => {
  expect(cacheFolder({ XDG_CACHE_HOME: '/caches' })).toBe(`/caches/ryzanstein/stack/${pinsHash()}`);
  expect(pinsHash()).toMatch(/^[0-9a-f]{16}$/);
});
