/** What nothing here stands in for, and so nothing here has verified. */
const notVerified = [
  'Grafana: its files are checked by schema, and every query of them is run against Prometheus and Elasticsearch',
  'Kibana: its searches are run against Elasticsearch, its saved objects are imported nowhere',
  'Elasticsearch users and roles: the node has no x-pack',
  'Elasticsearch retention: the node has no x-pack',
];

/** The last lines of a run, as text. */
export function verificationReport(versions) {
  const ran = Object.entries(versions).map(([name, version]) => `  ${name}: ${version}`);
  return ['', 'Ran against', ...ran, 'Not verified', ...notVerified.map((line) => `  ${line}`), ''].join(
    '\n',
  );
}
