/** 'ryzt': marks a file as a trace store, so that no other database is ever emptied. */
export const applicationId = 0x72797a74;

/** Raised with every change of the tables; a file of another version is emptied at start. */
export const schemaVersion = 1;

/**
 * `no` numbers traces in order of arrival, so the oldest are evicted by one comparison. Times
 * are microseconds (exact in a JavaScript number); the nanoseconds stand in each span's JSON.
 * `terms` is the search index: one hash per distinct fact about a trace (see `term.ts`).
 */
export const schema = `
  CREATE TABLE traces (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    trace_id TEXT NOT NULL UNIQUE,
    first_seen_ms INTEGER NOT NULL,
    last_seen_ms INTEGER NOT NULL,
    start_us INTEGER NOT NULL,
    end_us INTEGER NOT NULL,
    span_count INTEGER NOT NULL,
    error_count INTEGER NOT NULL
  );
  CREATE INDEX traces_by_start ON traces (start_us);

  CREATE TABLE resources (no INTEGER PRIMARY KEY, service TEXT NOT NULL, json TEXT NOT NULL UNIQUE);
  CREATE TABLE scopes (no INTEGER PRIMARY KEY, json TEXT NOT NULL UNIQUE);

  CREATE TABLE spans (
    trace_no INTEGER NOT NULL,
    span_id TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    resource_no INTEGER NOT NULL,
    scope_no INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    error INTEGER NOT NULL,
    start_us INTEGER NOT NULL,
    end_us INTEGER NOT NULL,
    name TEXT NOT NULL,
    json TEXT NOT NULL,
    UNIQUE (trace_no, span_id)
  );

  CREATE TABLE links (
    trace_no INTEGER NOT NULL,
    span_id TEXT NOT NULL,
    to_trace_id TEXT NOT NULL,
    to_span_id TEXT NOT NULL,
    attributes TEXT NOT NULL
  );
  CREATE INDEX links_by_target ON links (to_trace_id);
  CREATE INDEX links_by_trace ON links (trace_no);

  CREATE TABLE terms (term INTEGER NOT NULL, trace_no INTEGER NOT NULL, PRIMARY KEY (term, trace_no)) WITHOUT ROWID;
  CREATE INDEX terms_by_trace ON terms (trace_no);

  CREATE TABLE operations (
    service TEXT NOT NULL,
    name TEXT NOT NULL,
    kind INTEGER NOT NULL,
    last_seen_ms INTEGER NOT NULL,
    PRIMARY KEY (service, name, kind)
  ) WITHOUT ROWID;

  CREATE TABLE logs (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    trace_id TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    time_us INTEGER NOT NULL,
    digest INTEGER NOT NULL,
    resource_no INTEGER NOT NULL,
    json TEXT NOT NULL,
    UNIQUE (trace_id, time_us, digest)
  );
  CREATE INDEX logs_by_arrival ON logs (received_ms);
`;
