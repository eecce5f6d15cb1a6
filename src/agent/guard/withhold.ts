/** Pieces of this length are looked for: shorter ones may stand there by chance. */
const pieceLength = 8;

/**
 * Finds secrets in what a tool gave back, also as `base64`, `xxd` or `rev` print them.
 * What is alike in every token (`sk-ant-oat01-`, the head of a JSON Web Token, the claims of a Copilot token) does not
 * count.
 */
export function holdsSecret(text: string, secrets: readonly string[]): boolean {
  if (secrets.length === 0) return false;
  const joined = text.replace(/\s+/g, "");
  const views = [text, joined];
  const digits = joined.toLowerCase();
  return secrets.flatMap(piecesOf).some((piece) => views.some((view) => view.includes(piece) || view.includes(reversed(piece)) || base64Forms(piece).some((form) => view.includes(form))) || digits.includes(hex(piece)));
}

function piecesOf(secret: string): string[] {
  return (bodyOf(secret).match(/[\w-]{16,}/g) ?? []).flatMap((run) => run.match(new RegExp(`.{${pieceLength}}`, "g")) ?? []);
}

/** What nobody has without the token. A signed one is of no use without its signature, and its claims are plain words. */
function bodyOf(secret: string): string {
  if (secret.startsWith("eyJ")) return secret.slice(secret.lastIndexOf(".") + 1);
  if (/^tid=[^:]*;/.test(secret)) return secret.slice(secret.lastIndexOf(":") + 1);
  return secret.slice(Math.min(16, secret.length / 2));
}

function reversed(piece: string): string {
  return [...piece].reverse().join("");
}

function hex(piece: string): string {
  return Buffer.from(piece).toString("hex");
}

/** A piece in base64 depends on where in a group of three bytes it begins. The ends depend on its neighbours. */
function base64Forms(piece: string): string[] {
  return [0, 1, 2].map((offset) => {
    const coded = Buffer.concat([Buffer.alloc(offset), Buffer.from(piece)]).toString("base64").replace(/=+$/, "");
    return coded.slice(offset === 0 ? 0 : offset + 1, -1);
  });
}
