export { createAuthority, openAuthority } from './authority.ts';
export type { Authority, KeyAndCertificate, LeafOptions } from './authority.ts';
