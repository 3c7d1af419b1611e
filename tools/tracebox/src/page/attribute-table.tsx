import { Fragment } from 'preact';
import { type AnyValue, type KeyValue, plainText, plainValue } from '@ryzanstein/trace-view';
import { searchPath } from './route.ts';

/** Keys and values, by key; `searchable` adds a way to the traces that have the same. */
export function AttributeTable({
  attributes,
  searchable = false,
}: {
  attributes: readonly KeyValue[];
  searchable?: boolean;
}) {
  if (attributes.length === 0) return null;
  const sorted = searchable ? attributes.toSorted((a, b) => (a.key < b.key ? -1 : 1)) : attributes;
  return (
    <table class="attributes">
      <tbody>
        {sorted.map(({ key, value }, at) => (
          <tr key={at}>
            <th scope="row">{breakable(key)}</th>
            <td>
              <Value value={value} />
              {searchable && (
                <a
                  class="find"
                  href={searchPath({ attribute: `${key}=${plainText(value)}` })}
                  title="Find traces with the same value"
                  aria-label={`Find traces with the same ${key}`}
                >
                  <svg viewBox="0 0 12 12" aria-hidden="true">
                    <circle cx="5" cy="5" r="3.2" />
                    <path d="M7.5 7.5 10.5 10.5" />
                  </svg>
                </a>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A dotted key breaks after its dots and underscores, not within a word. */
function breakable(key: string) {
  return key.split(/(?<=[._])/).map((part, at) => (
    <Fragment key={at}>
      {at > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}

function Value({ value }: { value: AnyValue }) {
  const nested = value.arrayValue !== undefined || value.kvlistValue !== undefined;
  const plain = plainText(value);
  const text = nested && plain.length > 60 ? JSON.stringify(plainValue(value), null, 2) : plain;
  const type = value.stringValue !== undefined ? 'text' : nested ? 'nested' : 'number';
  return text.length > 200 || text.includes('\n') ? (
    <pre class={type}>{text}</pre>
  ) : (
    <span class={type}>{text}</span>
  );
}
