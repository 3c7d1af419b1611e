import { useEffect, useState } from 'preact/hooks';
import { EdgeError, getModels } from './edge-calls.ts';

const againMs = 2_000;

/** The models on offer; asked for until there is one. */
export function useModels(
  key: string,
  onKeyRefused: () => void,
): { readonly models: readonly string[]; readonly problem: string } {
  const [models, setModels] = useState<readonly string[]>([]);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async (): Promise<void> => {
      try {
        const found = await getModels(key, leaving.signal);
        setModels(found);
        setProblem('');
        if (found.length > 0) return;
      } catch (error) {
        if (leaving.signal.aborted) return;
        setProblem(error instanceof EdgeError ? error.message : 'The models cannot be listed.');
        if (error instanceof EdgeError && error.status === 401) return onKeyRefused();
      }
      timer = setTimeout(() => void load(), againMs);
    };
    void load();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [key]);
  return { models, problem };
}
