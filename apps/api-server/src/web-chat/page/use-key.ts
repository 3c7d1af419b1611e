import { useCallback, useState } from 'preact/hooks';

const place = 'ryzanstein-chat-key';

/** The API key of this tab: '' where none was given. */
export interface Key {
  readonly key: string;
  /** Whether the server asked for another one. */
  readonly refused: boolean;
  readonly setKey: (key: string) => void;
  readonly refuse: () => void;
  readonly forget: () => void;
}

/** Keeps the key in the tab's own storage, which no other tab or later visit sees. */
export function useKey(): Key {
  const [key, setKey] = useState(() => sessionStorage.getItem(place) ?? '');
  const [refused, setRefused] = useState(false);
  return {
    key,
    refused,
    setKey(given) {
      sessionStorage.setItem(place, given);
      setKey(given);
      setRefused(false);
    },
    refuse: useCallback(() => setRefused(true), []),
    forget() {
      sessionStorage.removeItem(place);
      setKey('');
    },
  };
}
