import { tlsHint } from './tls-hint.ts';

it.each([
  ['unable to verify the first certificate', true, /OTEL_EXPORTER_OTLP_CERTIFICATE/],
  ["Hostname/IP does not match certificate's altnames", true, /under a name that its certificate has/],
  ['certificate has expired', true, /renewed/],
  ['tlsv13 alert certificate required', true, /CLIENT_KEY/],
  ['tlsv1 alert unknown ca', true, /CLIENT_CERTIFICATE/],
  ['tls_validate_record_header:wrong version number', true, /http:\/\//],
  ['No connection established. Last error: Failed to connect', false, /https:\/\//],
  ['No connection established. Last error: Failed to connect', true, /does not take this one/],
  ['connect ECONNREFUSED 127.0.0.1:4317', true, /^$/],
])('%s (secure: %s)', (details, secure, hint) => {
  expect(tlsHint(details, secure)).toMatch(hint);
});
