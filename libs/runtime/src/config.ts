import type { Variable } from './variables.ts';

/** A process's environment, name by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment table of one process: property name → variable. */
export type ConfigTable = Readonly<Record<string, Variable<unknown>>>;

/** What `readConfig` gives for a table. */
export type ConfigValues<Table extends ConfigTable> = {
  readonly [Key in keyof Table]: Table[Key] extends Variable<infer Value> ? Value : never;
};

/** Thrown when a process must not start with the environment it was given. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** Every problem found, one sentence each: variable, value, what is allowed. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** Checks nothing, only keeps the table's types. */
export function defineConfig<const Table extends ConfigTable>(table: Table): Table {
  return table;
}

/**
 * Reads a process's environment once. An empty value counts as absent. `check` gives what is wrong with
 * values that have to fit each other, or the world; those that are wrong themselves are undefined there.
 *
 * @throws ConfigError listing all problems, not only the first.
 */
export function readConfig<const Table extends ConfigTable>(
  table: Table,
  env: Environment,
  check: (values: Partial<ConfigValues<Table>>) => readonly string[] = () => [],
): ConfigValues<Table> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, variable] of Object.entries(table)) {
    const raw = env[variable.name]?.trim();
    if (raw === undefined || raw === '') {
      values[key] = variable.default;
      if (variable.required)
        problems.push(
          `${variable.name} is not set; it must be ${variable.allowed} (${variable.description})`,
        );
      continue;
    }
    const parsed = variable.schema.safeParse(raw);
    if (parsed.success) values[key] = parsed.data;
    else
      problems.push(
        `${variable.name}=${JSON.stringify(shortened(raw))} is not allowed; it must be ${reason(variable, parsed.error)}`,
      );
  }
  problems.push(...check(values as Partial<ConfigValues<Table>>));
  if (problems.length > 0) throw new ConfigError(problems);
  return values as ConfigValues<Table>;
}

function reason(
  variable: Variable<unknown>,
  error: { issues: readonly { code?: string; message: string }[] },
): string {
  const own = error.issues.find((issue) => issue.code === 'custom' && issue.message !== 'Invalid input');
  return own?.message ?? variable.allowed;
}

function shortened(value: string): string {
  return value.length > 80 ? `${value.slice(0, 77)}…` : value;
}

/** The table as rows of a Markdown reference: name, what it may be, default, meaning. */
export function configReference(table: ConfigTable): string {
  const rows = Object.values(table).map((variable) => {
    const unit = variable.unit === undefined ? '' : ` (${variable.unit})`;
    const standard =
      variable.default === undefined ? (variable.required ? 'required' : '–') : standardOf(variable.default);
    const cells = [`\`${variable.name}\``, `${variable.allowed}${unit}`, standard, variable.description];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| variable | value | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function standardOf(value: unknown): string {
  return typeof value === 'object' ? '–' : `\`${JSON.stringify(value).replace(/^"|"$/g, '')}\``;
}
