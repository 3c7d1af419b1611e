import type { Explanation } from '@ryzanstein/trace-analysis';
import { useEffect, useState } from 'preact/hooks';
import { duration } from '@ryzanstein/trace-view';
import { getWhy } from './api.ts';
import { searchPath, tracePath } from './route.ts';

/** What `/api/tracebox/traces/{id}/why` answers. */
export type WhyAnswer = Explanation & { readonly traceIds: Readonly<Record<string, string>> };

/** Why the request was slow: the sentence, its parts as bars, and whom it waited for. */
export function WhySlow({ traceId, spanCount }: { traceId: string; spanCount: number }) {
  const [why, setWhy] = useState<WhyAnswer>();
  useEffect(() => {
    const leaving = new AbortController();
    getWhy(traceId, leaving.signal).then(setWhy, () => undefined);
    return () => leaving.abort();
  }, [traceId, spanCount]);
  if (why === undefined) return null;
  const { behind, blocked, parts, traceIds } = why;
  return (
    <details class="why">
      <summary>Why was this slow?</summary>
      <p class="why-verdict">{why.verdict}</p>
      <p>{why.reason}</p>
      <ul class="why-parts">
        {parts.map((part) => (
          <li key={part.name} title={part.evidence.join('\n')}>
            <span>{part.words}</span>
            <meter min={0} max={1} value={part.share} />
            <small>
              {part.percent} % · {duration(part.ms * 1e3)}
              {part.typicalMs !== undefined && `, usually ${duration(part.typicalMs * 1e3)}`}
            </small>
          </li>
        ))}
      </ul>
      <Requests title="It waited behind" ids={behind.map(({ requestId }) => requestId)} traceIds={traceIds} />
      <Requests title="Waited behind it" ids={blocked.requests} traceIds={traceIds} />
      {why.missing.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </details>
  );
}

function Requests({
  title,
  ids,
  traceIds,
}: {
  title: string;
  ids: readonly string[];
  traceIds: Readonly<Record<string, string>>;
}) {
  if (ids.length === 0) return null;
  return (
    <p>
      {title}:{' '}
      {ids.map((requestId) => {
        const traceId = traceIds[requestId];
        const href = traceId === undefined ? searchPath({ requestId }) : tracePath(traceId);
        return (
          <a key={requestId} href={href}>
            {requestId}{' '}
          </a>
        );
      })}
    </p>
  );
}
