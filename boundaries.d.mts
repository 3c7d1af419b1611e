/** Flat ESLint configuration of every project of the workspace. */
export function boundaries(): unknown[];
