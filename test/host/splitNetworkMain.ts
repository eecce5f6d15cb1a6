import { execFileSync } from "node:child_process";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";

/*
 * Runs inside the network of its own. Each line of standard input is a port and the socket that leads to it on the
 * other side; the network lives until the input ends.
 */
execFileSync("ip", ["link", "set", "lo", "up"]);
console.log("ready");
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const [port, socket = ""] = line.split(" ");
  const server = createServer((from) => from.pipe(connect(socket).on("error", () => from.destroy())).pipe(from).on("error", () => {}));
  server.listen(Number(port), "127.0.0.1", () => console.log(port));
});
lines.on("close", () => process.exit());
