/** The provisioned data sources, by the ids that deploy/grafana/provisioning gives them. */
export const prometheus = { type: 'prometheus', uid: 'prometheus' };
export const elasticsearchLogs = { type: 'elasticsearch', uid: 'elasticsearch-logs' };
export const elasticsearchTraces = { type: 'elasticsearch', uid: 'elasticsearch-traces' };
