/** Shares as whole percents that sum to 100: what rounding leaves over goes to those who lost most by it. */
export function wholePercents(shares: readonly number[]): number[] {
  const percents = shares.map((share) => Math.floor(share * 100));
  const sum = shares.reduce((total, share) => total + share, 0);
  if (sum === 0) return percents;
  let left = 100 - percents.reduce((total, percent) => total + percent, 0);
  const byLoss = shares
    .map((share, index) => ({ index, loss: share * 100 - Math.floor(share * 100) }))
    .sort((a, b) => b.loss - a.loss || a.index - b.index);
  for (const { index } of byLoss) {
    if (left <= 0) break;
    percents[index] = (percents[index] ?? 0) + 1;
    left -= 1;
  }
  return percents;
}
