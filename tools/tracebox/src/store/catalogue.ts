import type { DatabaseSync } from 'node:sqlite';
import type { ResourceRecord } from '../otlp/span-batch.ts';

/** Numbers for resources and scopes, which whole batches share. */
export interface Catalogue {
  /** The resource's number; it is added when it is new. */
  resource(record: ResourceRecord): number;
  /** The scope's number; it is added when it is new. */
  scope(json: string): number;
  /** Must be called after a rollback: numbers given in it are gone. */
  forget(): void;
}

// A process sends the same few again and again; a sender of ever new ones must not fill memory.
const maxRemembered = 128;

/** A catalogue kept in the database, with the numbers last used in memory. */
export function createCatalogue(database: DatabaseSync): Catalogue {
  const findResource = database.prepare('SELECT no FROM resources WHERE json = ?');
  const addResource = database.prepare('INSERT INTO resources (service, json) VALUES (?, ?)');
  const findScope = database.prepare('SELECT no FROM scopes WHERE json = ?');
  const addScope = database.prepare('INSERT INTO scopes (json) VALUES (?)');
  const resources = new Map<string, number>();
  const scopes = new Map<string, number>();

  const remembered = (numbers: Map<string, number>, json: string, find: () => number): number => {
    const known = numbers.get(json);
    if (known !== undefined) return known;
    if (numbers.size >= maxRemembered) numbers.clear();
    const no = find();
    numbers.set(json, no);
    return no;
  };

  return {
    resource: ({ service, json }) =>
      remembered(resources, json, () =>
        Number(findResource.get(json)?.no ?? addResource.run(service, json).lastInsertRowid),
      ),
    scope: (json) =>
      remembered(scopes, json, () => Number(findScope.get(json)?.no ?? addScope.run(json).lastInsertRowid)),
    forget() {
      resources.clear();
      scopes.clear();
    },
  };
}
