import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findGo, findJava, findMaven } from './toolchain.ts';

const folder = mkdtempSync(join(tmpdir(), 'toolchain-'));
afterAll(() => rmSync(folder, { recursive: true }));

function jdk(name: string, version: string): string {
  const home = join(folder, name);
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'release'), `IMPLEMENTOR="x"\nJAVA_VERSION="${version}"\n`);
  for (const tool of ['java', 'javac']) {
    writeFileSync(join(home, 'bin', tool), '');
    chmodSync(join(home, 'bin', tool), 0o755);
  }
  return home;
}

it('finds a new enough JDK: JAVA_HOME first, then PATH, then where the system has others', () => {
  const old = jdk('jdks/a-17', '17.0.15');
  const fit = jdk('jdks/b-25', '25.0.3');
  const newer = jdk('elsewhere/26', '26');
  const jdks = [join(folder, 'jdks')];
  const path = join(old, 'bin');
  expect(findJava(25, { PATH: path }, jdks)).toBe(fit);
  expect(findJava(25, { PATH: path, JAVA_HOME: newer }, jdks)).toBe(newer);
  expect(findJava(25, { PATH: join(newer, 'bin') }, jdks)).toBe(newer);
  expect(findJava(17, { PATH: path }, jdks)).toBe(old);
});

it('says what is missing and what to do', () => {
  jdk('old/17', '17.0.15');
  const env = { PATH: join(folder, 'nothing') };
  expect(() => findJava(25, env, [join(folder, 'old')])).toThrow(
    'Elasticsearch needs a JDK 25 or newer, and only 17 was found: install one, and set JAVA_HOME where it is put elsewhere.',
  );
  expect(() => findJava(25, env, [])).toThrow(/none was found/);
  expect(() => findGo(env)).toThrow(/no `go` on PATH: install Go/);
  expect(() => findMaven(env)).toThrow(/no `mvn` on PATH: install Maven/);
});
