import type { TraceState } from '@opentelemetry/api';
import { withoutOuterBlanks } from './characters.ts';
import { isKey, isValue, maxMembers, readList } from './trace-state-grammar.ts';

type Member = readonly [key: string, value: string];

/**
 * The members of a `tracestate`, in order. One that was received stays the text that it is until
 * somebody asks for a member. The API's own implementation drops lists over 512 characters.
 */
class MemberList implements TraceState {
  private text: string | undefined;
  private parsed: readonly Member[] | undefined;

  constructor(text: string | undefined, members: readonly Member[] | undefined) {
    this.text = text;
    this.parsed = members;
  }

  get(wanted: string): string | undefined {
    return this.members().find(([name]) => name === wanted)?.[1];
  }

  set(changed: string, to: string): TraceState {
    if (!isKey(changed) || !isValue(to)) return this;
    const members = [[changed, to] as const, ...this.without(changed)].slice(0, maxMembers);
    return new MemberList(undefined, members);
  }

  unset(removed: string): TraceState {
    return new MemberList(undefined, this.without(removed));
  }

  serialize(): string {
    this.text ??= this.members()
      .map(([name, content]) => `${name}=${content}`)
      .join(',');
    return this.text;
  }

  private members(): readonly Member[] {
    this.parsed ??= (this.text ?? '').split(',').map((member) => {
      const equals = member.indexOf('=');
      return [member.slice(0, equals), member.slice(equals + 1)] as const;
    });
    return this.parsed;
  }

  private without(name: string): Member[] {
    return this.members().filter(([other]) => other !== name);
  }
}

/** A list made here, first member first; the members must be valid. */
export function traceStateOf(members: readonly Member[]): TraceState {
  return new MemberList(undefined, members);
}

/**
 * Reads a `tracestate`, several headers joined in order. Undefined when it has no member, a bad or
 * repeated one, or more than 32: then the whole list is dropped, never the trace.
 */
export function parseTraceState(text: string): TraceState | undefined {
  const list = readList(text);
  if (list === 'bad' || list === 'empty') return undefined;
  return new MemberList(list === 'as it is' ? text : withoutBlanks(text), undefined);
}

function withoutBlanks(text: string): string {
  return text
    .split(',')
    .map(withoutOuterBlanks)
    .filter((member) => member !== '')
    .join(',');
}

/** The header of a state, or undefined where it has no member, or none that may be sent. */
export function traceStateText(state: TraceState): string | undefined {
  const text = state.serialize();
  // Others' implementations may hold what no header may.
  if (state instanceof MemberList) return text === '' ? undefined : text;
  return parseTraceState(text)?.serialize();
}
