/** What an `authorization` shows. */
export type Shown =
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'token'; readonly token: string };

const none: Shown = { kind: 'none' };
const malformed: Shown = { kind: 'malformed' };

// A token is compared by its hash, so its length costs time.
const pattern = /^bearer +([\x21-\x7e]{1,256})$/i;

/** Reads the values of `authorization`: exactly one, `Bearer <token>`. */
export function bearerToken(values: readonly unknown[]): Shown {
  const [value, ...more] = values;
  if (value === undefined || value === '') return none;
  const token = typeof value === 'string' && more.length === 0 ? pattern.exec(value)?.[1] : undefined;
  return token === undefined ? malformed : { kind: 'token', token };
}
