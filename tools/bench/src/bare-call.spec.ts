import { bareCall } from './bare-call.ts';

describe(bareCall, () => {
  it('gives a time for each of its calls, and leaves nothing behind', async () => {
    const bare = await bareCall();
    const times = await bare.times(3);
    expect(times).toHaveLength(3);
    for (const time of times) expect(time).toBeGreaterThan(0);
    await bare.close();
  });
});
