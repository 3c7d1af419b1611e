import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { applicationId, schema, schemaVersion } from './schema.ts';

/**
 * Opens the store's file, creating it where there is none. A file of an older version of the
 * store is emptied: traces of a laptop are not worth a migration.
 *
 * @param file a path, or `:memory:` for a store that ends with the process.
 * @throws Error with a sentence that names the file and says what to do.
 */
export function openDatabase(file: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
    database = new DatabaseSync(file, { timeout: 5_000 });
    prepare(database);
    return database;
  } catch (error) {
    if (database?.isOpen === true) database.close();
    throw new Error(explained(file, error), { cause: error });
  }
}

class ForeignFile extends Error {}
class DamagedFile extends Error {}

function prepare(database: DatabaseSync): void {
  // A foreign file must be recognised before anything, even its journal mode, is changed.
  const owner = pragma(database, 'application_id');
  if (owner !== applicationId && tableNames(database).length > 0) throw new ForeignFile();
  database.exec(`
    PRAGMA page_size = 8192;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA cache_size = -4096;
    PRAGMA journal_size_limit = 16777216;
    PRAGMA temp_store = MEMORY;
  `);
  if (owner === applicationId && pragma(database, 'user_version') === schemaVersion) {
    // A write is the only proof that the file can be written.
    database.exec(`PRAGMA user_version = ${schemaVersion}`);
    checkPages(database);
    return;
  }
  database.exec('BEGIN IMMEDIATE');
  for (const table of tableNames(database)) database.exec(`DROP TABLE "${table.replaceAll('"', '""')}"`);
  database.exec(`
    ${schema}
    PRAGMA application_id = ${applicationId};
    PRAGMA user_version = ${schemaVersion};
    COMMIT;
  `);
}

/** A file cut short or overwritten must show at start, not at somebody's search. */
function checkPages(database: DatabaseSync): void {
  const answer = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
  if (answer !== 'ok') throw new DamagedFile(String(answer));
}

function tableNames(database: DatabaseSync): string[] {
  const rows = database
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
    .all();
  return rows.map((row) => String(row.name));
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}

function explained(file: string, error: unknown): string {
  const advice = `delete it or set RYZ_TRACEBOX_FILE to another path`;
  if (error instanceof ForeignFile)
    return `${file} is a database of something else, not a trace store; set RYZ_TRACEBOX_FILE to another path.`;
  const { errcode: code = 0, message: reason } = error as Error & { errcode?: number };
  // The low byte is SQLite's primary result code: 11 corrupt, 26 not a database.
  if (error instanceof DamagedFile || [11, 26].includes(code & 0xff))
    return `The trace store ${file} is damaged (${reason}); ${advice}.`;
  if (code !== 0)
    return `The trace store ${file} cannot be written (${reason}); check its folder's permissions and space, or set RYZ_TRACEBOX_FILE to another path.`;
  return `The folder of the trace store ${file} cannot be made (${reason}); set RYZ_TRACEBOX_FILE to another path.`;
}
