/**
 * What every signal says about the process it comes from.
 *
 * @example
 * console.log(resourceAttributes['service.instance.id']); // Unique per start.
 */
export const resourceAttributes = {
  'service.name': 'ryzanstein-api, ryzanstein-gpu or ryzanstein-inference.',
  'service.version': 'Version of the program.',
  'service.namespace': 'ryzanstein, unless OTEL_RESOURCE_ATTRIBUTES says otherwise.',
  'service.instance.id': 'Unique per start.',
  'deployment.environment.name': 'development, unless OTEL_RESOURCE_ATTRIBUTES says otherwise.',
  'host.name': 'Name of the machine.',
  'host.arch': 'Its processor architecture.',
  'os.type': 'Its operating system.',
  'process.pid': 'Process id.',
  'process.runtime.name': 'nodejs.',
  'process.runtime.version': 'Version of Node.js.',
} as const satisfies Record<string, string>;
