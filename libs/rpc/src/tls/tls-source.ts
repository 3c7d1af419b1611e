/** What one side of a connection shows and whom it trusts, as PEM. */
export interface TlsMaterial {
  /** Its certificate, followed by those between it and the authority. */
  readonly certificate?: string;
  /** MUST be there where the certificate is. */
  readonly key?: string;
  /** Who may have signed the other side's certificate. */
  readonly authorities?: string;
}

/** Material that may change while it is used: a new connection takes what is current then. */
export interface TlsSource {
  /** MUST be the same object until it changes. */
  readonly current: TlsMaterial;
  /** Calls `listener` after each change, until what it gives is called. */
  onChange(listener: () => void): () => void;
}
