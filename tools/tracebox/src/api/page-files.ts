import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Nothing but this origin, nothing inline: what a span says can never run. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const files = {
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

const unbuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Tracebox</title>
<h1>The page is not built</h1>
<p>Run <code>node tools/tracebox/build-page.mjs</code> and start again. The query API works all the same:
<a href="/api/v3/services">/api/v3/services</a>.</p></html>`;

/** Serves the page's three addresses and its files, all read once at start. */
export function addPage(app: FastifyInstance, folder: string): void {
  const html = read(folder, 'index.html') ?? Buffer.from(unbuilt);
  const sendPage = (_request: unknown, reply: FastifyReply): FastifyReply =>
    headed(reply).type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(html);
  for (const path of ['/', '/search', '/trace/:id']) app.get(path, sendPage);

  for (const [name, type] of Object.entries(files)) {
    const content = read(folder, name);
    if (content === undefined) continue;
    const tag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 16)}"`;
    app.get(`/assets/${name}`, (request, reply) => {
      headed(reply).header('etag', tag).header('cache-control', 'no-cache').type(type);
      return request.headers['if-none-match'] === tag ? reply.code(304).send() : reply.send(content);
    });
  }
}

function headed(reply: FastifyReply): FastifyReply {
  return reply
    .header('content-security-policy', contentSecurityPolicy)
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'no-referrer')
    .header('cross-origin-opener-policy', 'same-origin');
}

function read(folder: string, name: string): Buffer | undefined {
  try {
    return readFileSync(join(folder, name));
  } catch {
    return undefined;
  }
}
