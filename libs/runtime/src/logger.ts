import { pino, stdSerializers, stdTimeFunctions, type DestinationStream, type Logger as Pino } from 'pino';

/** Where a process says what happened. Fields are structured; the message is a sentence. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** A logger whose every record also has `fields`. */
  child(fields: object): Logger;
}

/** Least severe record that is written. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The levels, least severe first. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[];

/** One record, as it is handed to `onRecord`. */
export interface LogRecord {
  readonly epochMs: number;
  readonly level: LogLevel;
  readonly message: string;
  /** The record's own fields and those of its logger; an `err` field may hold an Error. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** How `createLogger` builds a logger. */
export interface LoggerOptions {
  /** `service.name` of the process; stands in every record. */
  readonly service: string;
  readonly level: LogLevel;
  /** Fields taken at the moment of each record, such as trace and request id. */
  readonly fields?: () => object;
  /** Also given each record that is written; must not throw and must not log. */
  readonly onRecord?: (record: LogRecord) => void;
  /** Default: standard output, written at once so that nothing is lost at exit. */
  readonly destination?: DestinationStream;
}

/** JSON lines: `level`, `time` (ISO 8601), `service`, the fields, `message`. */
export function createLogger(options: LoggerOptions): Logger {
  const { service, level, fields, onRecord } = options;
  const writer = pino(
    {
      level,
      base: { service },
      messageKey: 'message',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.err },
      ...(fields === undefined ? {} : { mixin: () => ({ ...fields() }) }),
    },
    options.destination ?? pino.destination({ dest: 1, sync: true }),
  );
  return facade(writer, {}, onRecord);
}

function facade(writer: Pino, bound: object, onRecord: LoggerOptions['onRecord']): Logger {
  const at = (level: LogLevel) => (fields: object, message: string) => {
    if (!writer.isLevelEnabled(level)) return;
    writer[level](fields, message);
    onRecord?.({ epochMs: Date.now(), level, message, fields: { ...bound, ...fields } });
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => facade(writer.child(fields), { ...bound, ...fields }, onRecord),
  };
}

/** Writes nothing. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};
