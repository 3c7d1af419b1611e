import type { Findings } from './report.ts';
import { shown } from './report.ts';
import { ratioOf } from './ratios.ts';

const rowHeight = 22;
const labelWidth = 300;
const barWidth = 420;
const panelGap = 46;

/** Bars of the ratios of CPU time, each with its quartiles, and the spread of the A/A control behind them. */
export function plotOf({ together, apart }: Findings): string {
  const panels = [
    { title: 'Unary call, CPU of both sides in one process', measured: together, figure: 'unaryCpuUs' },
    {
      title: 'Stream of 256 messages, CPU of both sides in one process',
      measured: together,
      figure: 'streamCpuUs',
    },
    {
      title: 'Unary call, CPU of the server in a process of its own',
      measured: apart,
      figure: 'unaryServerCpuUs',
    },
  ] as const;
  const rows = panels.map(({ measured, figure }) =>
    shown(measured).map(({ name, title }) => ({ name, title, ratio: ratioOf(measured, name, figure) })),
  );
  const most = Math.max(2, ...rows.flat().map(({ ratio }) => ratio.high));
  const x = (ratio: number): number => labelWidth + (ratio / most) * barWidth;
  let y = 10;
  const parts: string[] = [];
  panels.forEach(({ title }, index) => {
    const panel = rows[index] ?? [];
    y += panelGap - 18;
    parts.push(`<text x="10" y="${y}" class="title">${title}</text>`);
    y += 12;
    const top = y;
    const height = panel.length * rowHeight;
    const control = panel.find(({ name }) => name === 'none2')?.ratio;
    if (control !== undefined) {
      const [from, to] = [x(control.low), x(control.high)];
      parts.push(
        `<rect x="${from.toFixed(1)}" y="${top}" width="${(to - from).toFixed(1)}" height="${height}" class="control"/>`,
      );
    }
    for (const { title: label, ratio } of panel) {
      const middle = y + rowHeight / 2;
      parts.push(
        `<text x="${labelWidth - 8}" y="${middle + 4}" text-anchor="end">${label}</text>`,
        `<rect x="${labelWidth}" y="${y + 4}" width="${(x(ratio.median) - labelWidth).toFixed(1)}" height="${rowHeight - 8}" class="bar"/>`,
        `<line x1="${x(ratio.low).toFixed(1)}" x2="${x(ratio.high).toFixed(1)}" y1="${middle}" y2="${middle}" class="quartiles"/>`,
        `<text x="${(x(Math.max(ratio.median, ratio.high)) + 6).toFixed(1)}" y="${middle + 4}">×${ratio.median.toFixed(2)}</text>`,
      );
      y += rowHeight;
    }
    parts.push(`<line x1="${x(1).toFixed(1)}" x2="${x(1).toFixed(1)}" y1="${top}" y2="${y}" class="one"/>`);
  });
  const width = labelWidth + barWidth + 70;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 14}" width="${width}" font-family="system-ui, sans-serif" font-size="12">
<style>
text { fill: #24292f } .title { font-weight: 600; font-size: 13px } .bar { fill: #5b8def } .control { fill: #d0d7de }
.quartiles { stroke: #1b3a73; stroke-width: 2 } .one { stroke: #57606a; stroke-dasharray: 3 3 }
</style>
<rect width="100%" height="100%" fill="#ffffff"/>
${parts.join('\n')}
</svg>
`;
}
