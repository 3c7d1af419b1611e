import type { TraceState } from '@opentelemetry/api';

const maxMembers = 32;
const key = /^[a-z0-9][a-z0-9_\-*/]{0,255}$|^[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z0-9][a-z0-9_\-*/]{0,13}$/;
const value = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

type Member = readonly [key: string, value: string];

/** The members of a `tracestate`, in order. The API's own implementation drops lists over 512 characters. */
class Members implements TraceState {
  private readonly members: readonly Member[];
  private text: string | undefined;

  constructor(members: readonly Member[]) {
    this.members = members;
  }

  get(wanted: string): string | undefined {
    return this.members.find(([name]) => name === wanted)?.[1];
  }

  set(changed: string, to: string): TraceState {
    if (!key.test(changed) || !value.test(to)) return this;
    return new Members([[changed, to] as const, ...this.without(changed)].slice(0, maxMembers));
  }

  unset(removed: string): TraceState {
    return new Members(this.without(removed));
  }

  serialize(): string {
    this.text ??= this.members.map(([name, content]) => `${name}=${content}`).join(',');
    return this.text;
  }

  private without(name: string): Member[] {
    return this.members.filter(([other]) => other !== name);
  }
}

/** A list made here, first member first; the members must be valid. */
export function traceStateOf(members: readonly Member[]): TraceState {
  return new Members(members);
}

// What a mesh's services send differs by service and sampling alone.
const maxKept = 64;
const kept = new Map<string, TraceState>();

/**
 * Reads a `tracestate`, several headers joined in order. Undefined when it has no member, a bad or
 * repeated one, or more than 32: then the whole list is dropped, never the trace.
 */
export function parseTraceState(text: string): TraceState | undefined {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const state = read(text);
  if (state !== undefined && kept.size < maxKept) kept.set(text, state);
  return state;
}

function read(text: string): TraceState | undefined {
  const members: Member[] = [];
  const seen = new Set<string>();
  for (const part of text.split(',')) {
    const member = part.replace(/^[ \t]+|[ \t]+$/g, '');
    if (member === '') continue;
    const equals = member.indexOf('=');
    const name = member.slice(0, Math.max(equals, 0));
    const content = member.slice(equals + 1);
    if (!key.test(name) || !value.test(content) || seen.has(name)) return undefined;
    seen.add(name);
    members.push([name, content]);
    if (members.length > maxMembers) return undefined;
  }
  return members.length === 0 ? undefined : new Members(members);
}
