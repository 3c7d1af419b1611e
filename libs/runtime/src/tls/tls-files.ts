import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { TlsConfig } from './tls-variables.ts';

/** The files, in the order in which their contents are given on. */
export interface TlsFile {
  readonly variable: string;
  readonly path: string;
  readonly holds: 'certificate' | 'key' | 'authorities' | 'client authorities';
}

/** What the files hold, as PEM. */
export interface TlsContents {
  readonly certificate?: string;
  readonly key?: string;
  readonly authorities?: string;
  readonly clientAuthorities?: string;
}

/** The files that a configuration names. */
export function tlsFiles(config: TlsConfig): TlsFile[] {
  const files: readonly (readonly [string, TlsFile['holds'], string | undefined])[] = [
    ['RYZ_TLS_CERT_FILE', 'certificate', config.tlsCertFile],
    ['RYZ_TLS_KEY_FILE', 'key', config.tlsKeyFile],
    ['RYZ_TLS_CA_FILE', 'authorities', config.tlsCaFile],
    ['RYZ_TLS_CLIENT_CA_FILE', 'client authorities', config.tlsClientCaFile],
  ];
  return files.flatMap(([variable, holds, path]) => (path === undefined ? [] : [{ variable, path, holds }]));
}

/**
 * Everything that is wrong with the files of a configuration, as sentences with the variable and the
 * file in them: for `readConfig`, so that they are told with all other problems.
 */
export function tlsProblems(config: TlsConfig): string[] {
  const problems: string[] = [];
  const { tlsCertFile, tlsKeyFile, tlsClientCaFile } = config;
  if (tlsCertFile !== undefined && tlsKeyFile === undefined)
    problems.push(
      `RYZ_TLS_CERT_FILE=${tlsCertFile} is set without RYZ_TLS_KEY_FILE; set it to the file of its key`,
    );
  if (tlsKeyFile !== undefined && tlsCertFile === undefined)
    problems.push(
      `RYZ_TLS_KEY_FILE=${tlsKeyFile} is set without RYZ_TLS_CERT_FILE; set it to the file of its certificate`,
    );
  if (tlsClientCaFile !== undefined && tlsCertFile === undefined)
    problems.push(
      `RYZ_TLS_CLIENT_CA_FILE=${tlsClientCaFile} is set without RYZ_TLS_CERT_FILE; only who shows a certificate can ask for one`,
    );
  const files = tlsFiles(config);
  const contents = files.map((file) => {
    try {
      return readFileSync(file.path, 'utf8');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      problems.push(`${file.variable}=${file.path} cannot be read (${code}); name a PEM file`);
      return undefined;
    }
  });
  problems.push(...contentProblems(files, contents));
  return problems;
}

/**
 * What the files hold.
 *
 * @throws Error with a sentence where it is not what it should be
 */
export function tlsContents(files: readonly TlsFile[], contents: readonly string[]): TlsContents {
  const problems = contentProblems(files, contents);
  if (problems.length > 0) throw new Error(problems.join('; '));
  const held = (holds: TlsFile['holds']) => contents[files.findIndex((file) => file.holds === holds)];
  const certificate = held('certificate');
  const key = held('key');
  const authorities = held('authorities');
  const clientAuthorities = held('client authorities');
  return {
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
    ...(authorities === undefined ? {} : { authorities }),
    ...(clientAuthorities === undefined ? {} : { clientAuthorities }),
  };
}

// A content that is absent could not be read, which has been said.
function contentProblems(files: readonly TlsFile[], contents: readonly (string | undefined)[]): string[] {
  const problems: string[] = [];
  let certificate: [TlsFile, X509Certificate] | undefined;
  let key: [TlsFile, KeyObject] | undefined;
  for (const [index, file] of files.entries()) {
    const content = contents[index];
    if (content === undefined) continue;
    const named = `${file.variable}=${file.path}`;
    try {
      if (file.holds === 'key') key = [file, createPrivateKey(content)];
      else {
        const [first] = certificatesOf(content);
        if (first === undefined) throw new Error('none');
        if (file.holds === 'certificate') certificate = [file, first];
        createSecureContext({ ca: content });
      }
    } catch {
      problems.push(
        file.holds === 'key'
          ? `${named} holds no key that can be read; it must be PEM, without a passphrase`
          : `${named} holds no certificate that can be read; it must be PEM (-----BEGIN CERTIFICATE-----)`,
      );
    }
  }
  if (certificate !== undefined && key !== undefined && !certificate[1].checkPrivateKey(key[1]))
    problems.push(
      `${key[0].variable}=${key[0].path} is not the key of the certificate in ${certificate[0].variable}=${certificate[0].path}; name the two that were made together`,
    );
  return problems;
}

const oneCertificate = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function certificatesOf(pem: string): X509Certificate[] {
  return [...pem.matchAll(oneCertificate)].map(([text]) => new X509Certificate(text));
}
