// Asks for the port of its argument as somebody whom the system may refuse it: plainly, then as a sign-in does. Writes
// the system's refusal, and whether the sign-in listens, as JSON.
import { createServer } from "node:net";
import { listenOnLoopback } from "../../../src/auth/loopback";
import { systemCode } from "../../../src/common/errors";

async function main(port: number): Promise<void> {
  becomeNobody();
  const refusal = await new Promise<string | undefined>((resolve) => {
    const server = createServer().once("error", (error) => resolve(systemCode(error)));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(undefined)));
  });
  const listener = await listenOnLoopback("/callback", port, "state");
  console.log(JSON.stringify({ refusal, listens: listener !== undefined }));
  await listener?.close();
}

function becomeNobody(): void {
  try {
    if (process.getuid?.() === 0) process.setuid?.(65534);
  } catch {
    // A container without root has nobody to become. Whether a port is refused there is seen all the same.
  }
}

void main(Number(process.argv[2]));
