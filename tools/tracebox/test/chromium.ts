import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * The Chromium of this machine: `CHROMIUM_PATH`, or the first of the usual names on `PATH`.
 *
 * @throws Error that says how to install one.
 */
export function findChromium(env: NodeJS.ProcessEnv): string {
  const folders = (env.PATH ?? '').split(delimiter);
  const places = env.CHROMIUM_PATH
    ? [env.CHROMIUM_PATH]
    : folders.flatMap((folder) => names.map((name) => join(folder, name)));
  const found = places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found !== undefined) return found;
  const where = env.CHROMIUM_PATH
    ? `CHROMIUM_PATH=${env.CHROMIUM_PATH} cannot be run`
    : 'No Chromium is on PATH';
  throw new Error(
    `${where}. Install one (Debian, Ubuntu: apt-get install chromium; macOS: brew install --cask chromium) or set CHROMIUM_PATH to its executable.`,
  );
}
