const hints: readonly (readonly [RegExp, string])[] = [
  [/altnames|does not match certificate/i, 'reach the collector under a name that its certificate has'],
  [/has expired/i, "the collector's certificate has to be renewed"],
  [
    /unable to (?:verify|get)|self.signed|signature failure/i,
    "name the file of the collector's authority in OTEL_EXPORTER_OTLP_CERTIFICATE",
  ],
  [
    /certificate required|handshake failure/i,
    'the collector wants a certificate: set OTEL_EXPORTER_OTLP_CLIENT_KEY and …_CLIENT_CERTIFICATE',
  ],
  [
    /alert (?:unknown ca|bad certificate|certificate)/i,
    "the collector does not take this process's certificate: another one belongs into OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
  ],
  [
    /wrong version number|packet length/i,
    'the collector does not speak TLS there: begin the endpoint with http://',
  ],
];

/** What mends a connection that failed so, to put behind it; empty where it is not about TLS. */
export function tlsHint(details: string, secure: boolean): string {
  const hint = hints.find(([pattern]) => pattern.test(details))?.[1];
  if (hint !== undefined) return `; ${hint}`;
  // The connection ended without a word, which is what TLS does with those that do not speak it.
  if (!/Failed to connect/.test(details)) return '';
  return secure
    ? '; if the collector asks for a certificate, it does not take this one'
    : '; if the collector wants TLS, begin the endpoint with https://';
}
