import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Nothing but this origin, nothing inline: what a model says can never run. */
const headers = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'cache-control': 'no-cache',
};

const assets = {
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** The routes of the page and its files. */
export const pageRoutes: readonly string[] = [
  '/chat',
  ...Object.keys(assets).map((name) => `/chat/assets/${name}`),
];

/**
 * Serves the page, read once at start. `traceLink` is where the browser finds the trace store.
 *
 * @throws Error with a sentence where the page has not been built
 */
export function addPage(app: FastifyInstance, folder: string, traceLink: string): void {
  if (!existsSync(join(folder, 'index.html')))
    throw new Error('The chat page is not built: run `npm run build`, or start without RYZ_WEB_CHAT.');
  const html = readFileSync(join(folder, 'index.html'), 'utf8').replace('{trace-link}', () =>
    quoted(traceLink),
  );
  app.get('/chat', (_request, reply) => headed(reply).type('text/html; charset=utf-8').send(html));
  for (const [name, type] of Object.entries(assets)) {
    const content = readFileSync(join(folder, name));
    const tag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 16)}"`;
    app.get(`/chat/assets/${name}`, (request, reply) => {
      headed(reply).header('etag', tag).type(type);
      return request.headers['if-none-match'] === tag ? reply.code(304).send() : reply.send(content);
    });
  }
}

/** Beside the bundle (`dist/main.js`), or in `dist` when run from the sources. */
export function builtPage(): string {
  const bundled = import.meta.url.includes('/dist/');
  return fileURLToPath(new URL(bundled ? './page' : '../../dist/page', import.meta.url));
}

function headed(reply: FastifyReply): FastifyReply {
  return reply.headers(headers);
}

/** As the value of an attribute. */
function quoted(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
