export { savedSearches } from './kibana.ts';
export type { SavedSearch } from './kibana.ts';
export { concreteQuery, dashboardQueries } from './queries.ts';
export type { DashboardQuery, Substitutions } from './queries.ts';
