import { ConfigError } from '@ryzanstein/runtime';
import { readEngineConfig } from './config.ts';

const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    readEngineConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

it('wants the address of another server where that runs the model, and tells of all problems together', () => {
  expect(readEngineConfig({}).backend).toBe('llama-cpp');
  expect(problemsOf({ RYZ_BACKEND: 'openai' })).toEqual([
    'RYZ_OPENAI_URL is not set; with RYZ_BACKEND=openai it must be a URL such as http://127.0.0.1:8000/v1.',
  ]);
  expect(problemsOf({ RYZ_BACKEND: 'openai', RYZ_SLOTS: '0' })).toHaveLength(2);
  const remote = { RYZ_BACKEND: 'openai', RYZ_OPENAI_URL: 'http://127.0.0.1:8000/v1/' };
  expect(readEngineConfig(remote)).toMatchObject({
    backend: 'openai',
    openaiUrl: 'http://127.0.0.1:8000/v1',
  });
});
