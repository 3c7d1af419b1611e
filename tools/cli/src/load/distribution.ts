import { InvalidArgumentError } from 'commander';
import { exponential, gaussian, type Random } from './seeded-random.ts';

/** How many of something each request has. */
export interface Distribution {
  /** As it was asked for. */
  readonly text: string;
  /** The next count, 1 or more. */
  draw(random: Random): number;
}

const most = 1_000_000;

/**
 * `64`, `20-200` or `20:200` (each count in between alike), `uniform:20,200`, `exponential:mean[,most]`,
 * `lognormal:median,sigma[,most]`.
 */
export function distributionOption(text: string): Distribution {
  const plain = /^(\d+)(?:[-:](\d+))?$/.exec(text);
  if (plain !== null) return uniform(text, Number(plain[1]), Number(plain[2] ?? plain[1]));
  const [, name = '', list = ''] = /^([a-z]+):([\d.,]+)$/.exec(text) ?? [];
  const values = list.split(',').map((part) => (/^\d+(?:\.\d+)?$/.test(part) ? Number(part) : NaN));
  const [first = NaN, second, third] = values;
  if (values.some(Number.isNaN)) throw wrong();
  if (name === 'uniform' && values.length === 2) return uniform(text, first, second ?? NaN);
  if (name === 'exponential' && values.length <= 2)
    return counted(text, (random) => first * exponential(random), first, second);
  if (name === 'lognormal' && (values.length === 2 || values.length === 3))
    return counted(text, (random) => first * Math.exp((second ?? 0) * gaussian(random)), first, third);
  throw wrong();
}

function uniform(text: string, least: number, greatest: number): Distribution {
  const whole = Number.isInteger(least) && Number.isInteger(greatest);
  if (!whole || least < 1 || greatest < least || greatest > most) throw wrong();
  return { text, draw: (random) => least + Math.floor(random() * (greatest - least + 1)) };
}

function counted(
  text: string,
  draw: (random: Random) => number,
  middle: number,
  greatest = most,
): Distribution {
  if (middle <= 0 || middle > most || greatest < 1 || greatest > most) throw wrong();
  return { text, draw: (random) => Math.min(Math.floor(greatest), Math.max(1, Math.round(draw(random)))) };
}

function wrong(): InvalidArgumentError {
  return new InvalidArgumentError(
    'It must be a count (64), a range (20-200) or one of uniform:20,200, exponential:64,256 and lognormal:64,0.8,512.',
  );
}
