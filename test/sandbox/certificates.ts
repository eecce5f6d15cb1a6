import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createSecureContext, rootCertificates } from "node:tls";
import type { SecureContext } from "node:tls";
import { generateCACertificate, getCA } from "mockttp/dist/util/certificates";

/**
 * A certificate authority of the sandbox's own, in files for the product to trust,
 * and certificates from it for any host name. The files vanish with `remove`.
 */
export async function createAuthority() {
  const pair = await generateCACertificate({
    subject: { commonName: "AIHub sandbox (tests only)", organizationName: "AIHub sandbox" },
  });
  const authority = await getCA(pair);
  const folder = await mkdtemp(path.join(tmpdir(), "aihub-sandbox-"));
  const caFile = path.join(folder, "ca.pem");
  const caBundleFile = path.join(folder, "ca-bundle.pem");
  await writeFile(caFile, pair.cert);
  await writeFile(caBundleFile, [...rootCertificates, pair.cert].join("\n"));

  const contexts = new Map<string, Promise<SecureContext>>();

  /** The TLS identity of a host, made once. */
  function identityOf(host: string): Promise<SecureContext> {
    const context =
      contexts.get(host) ??
      authority.generateCertificate(host).then(({ key, cert }) => createSecureContext({ key, cert }));
    contexts.set(host, context);
    return context;
  }

  return { caFile, caBundleFile, identityOf, remove: () => rm(folder, { recursive: true, force: true }) };
}

export type Authority = Awaited<ReturnType<typeof createAuthority>>;
