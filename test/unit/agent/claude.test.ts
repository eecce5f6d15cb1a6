import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { constants } from "node:os";
import { dirname, join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { fetch, ProxyAgent } from "undici";
import { agentProcess } from "../../../src/agent/launch";
import { streamAgent } from "../../../src/agent/stream";
import { runCli, startProgram } from "../../support/cli";
import { useSandbox } from "../../support/useSandbox";

const distribution = resolve(__dirname, "../../../dist");

/** The `claude` command, played: asks its proxy what standard input says, and tells what it was started with. */
const playedClaude = `#!${process.execPath}
const { env, argv, stdin, exit } = process;
let message = "";
stdin.on("data", (piece) => (message += piece)).on("end", async () => {
  if (message.includes("fail")) exit(3);
  if (message.includes("go on")) {
    if (message.includes("deaf")) process.on("SIGINT", () => {});
    setInterval(() => {}, 1000);
    return console.log("process " + process.pid + ";");
  }
  const response = await fetch(env.ANTHROPIC_BASE_URL + "/v1/messages", {
    method: "POST",
    headers: { authorization: "Bearer " + env.ANTHROPIC_AUTH_TOKEN, "anthropic-version": "2023-06-01" },
    body: JSON.stringify({ model: argv[argv.indexOf("--model") + 1], max_tokens: 100, stream: true, messages: [{ role: "user", content: message }] }),
  });
  const events = (await response.text()).split("\\n").filter((line) => line.startsWith("data: ")).map((line) => JSON.parse(line.slice(6)));
  if (!response.ok) exit(4);
  console.log(events.map((event) => event.delta?.text ?? "").join(""));
  console.log("args " + argv.slice(2).join(" ") + " in " + process.cwd());
  console.log("variables " + Object.keys(env).filter((name) => /^(ANTHROPIC_|CLAUDE_|OPENAI_|ELECTRON_)/.test(name)).sort().join(" "));
});
`;

describe("an agent of the Claude SDK", () => {
  const scene = useSandbox();
  const proxies: { server: Server; url: string; tokens: (string | undefined)[] }[] = [];
  let withClaude: Record<string, string>;
  let work: string;

  before(async () => {
    for (let index = 0; index < 2; index++) proxies.push(await startModelProxy());
    work = join(scene.home.path, "work");
    const bin = join(scene.home.path, "bin");
    await mkdir(work);
    await mkdir(bin);
    await writeFile(join(bin, "claude"), playedClaude);
    await chmod(join(bin, "claude"), 0o755);
    withClaude = { ...scene.env, PATH: `${bin}:${dirname(process.execPath)}:/usr/bin:/bin`, SECOND_TOKEN: "token-of-the-second" };
    await mkdir(scene.home.aihub, { recursive: true, mode: 0o700 });
    const agent = (id: string, model: Record<string, string>) => ({ id, sdk: "claude", workspace: work, model: { model: "claude-sonnet-4-5", ...model } });
    const agents = [
      agent("first", { base_url: proxies[0]!.url, auth_token: "token-of-the-first" }),
      agent("second", { base_url: "$env:SECOND_URL", auth_token: "$env:SECOND_TOKEN" }),
      agent("half", { base_url: proxies[0]!.url }),
    ];
    await writeFile(join(scene.home.aihub, "aihub.json"), JSON.stringify({ agents }));
  });
  after(() => {
    for (const { server } of proxies) {
      server.closeAllConnections();
      server.close();
    }
  });

  /** What people run in front of Anthropic: takes a token of its own, and asks on. */
  async function startModelProxy() {
    const key = scene.sandbox.createApiKey("anthropic");
    const dispatcher = new ProxyAgent({ uri: scene.sandbox.proxyUrl, requestTls: { ca: readFileSync(scene.sandbox.caFile, "utf8") } });
    const tokens: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      tokens.push(request.headers.authorization);
      void text(request)
        .then((body) => fetch(`https://api.anthropic.com${request.url}`, { method: "POST", body, dispatcher, headers: { "content-type": "application/json", "x-api-key": key, "anthropic-version": "2023-06-01" } }))
        .then(async (answer) => response.writeHead(answer.status).end(await answer.text()));
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return { server, tokens, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  const send = (agent: string, message: string, env: Record<string, string> = {}, ...more: string[]) =>
    runCli(["send", "-a", agent, "-m", message, ...more], { ...withClaude, SECOND_URL: proxies[1]!.url, ...env });

  /** An agent's process without a terminal, as the editor starts it, in the midst of an answer. */
  const goOn = async (message: string) => {
    const { executable, args, env } = agentProcess(distribution, scene.home.aihub, "first", "print", { json: true });
    const run = startProgram(executable, args, { ...withClaude, ...env });
    run.child.stdin.end(message);
    const [, command = ""] = await run.output(/process (\d+);/);
    return { run, command: Number(command) };
  };

  it("answers by its own proxy, while another one does by another", async () => {
    const tempting = { ANTHROPIC_API_KEY: scene.sandbox.createApiKey("anthropic"), ANTHROPIC_AUTH_TOKEN: "of-the-person", ANTHROPIC_BASE_URL: "http://127.0.0.1:1", CLAUDE_CODE_OAUTH_TOKEN: "of-the-person", OPENAI_API_KEY: "of-the-person" };
    const [first, second] = await Promise.all([send("first", "Hello one", tempting), send("second", "Hello two", tempting)]);
    for (const [{ code, stdout, stderr }, said] of [[first, "Hello one"], [second, "Hello two"]] as const) {
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, new RegExp(`^Hello from claude-sonnet-4-5, ada@example\\.com\\. You said: ${said}\n`));
      assert.match(stdout, new RegExp(`args -p --model claude-sonnet-4-5 in ${work}\n`));
      assert.match(stdout, /variables ANTHROPIC_AUTH_TOKEN ANTHROPIC_BASE_URL\n/);
    }
    assert.deepEqual(proxies.map(({ tokens }) => tokens), [["Bearer token-of-the-first"], ["Bearer token-of-the-second"]]);
  });

  it("tells its events without a usage, which it does not know", async () => {
    const { stdout } = await send("first", "Hello", {}, "--json");
    const done = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { type: string };
    assert.deepEqual([done.type, Object.keys(done)], ["done", ["type", "text"]]);
  });

  it("says what to do without the command, and without half of the proxy", async () => {
    const without = await send("first", "Hello", { PATH: work });
    assert.deepEqual([without.code, without.stdout], [1, ""]);
    assert.match(without.stderr, /There is no `claude` command on the PATH\. Install Claude Code/);
    assert.match((await send("half", "Hello")).stderr, /half has only one of model\.base_url and model\.auth_token/);
    assert.match((await send("second", "Hello", { SECOND_TOKEN: "" })).stderr, /SECOND_TOKEN is not set/);
  });

  it("goes on with the command's last conversation", async () => {
    const { code, stdout } = await send("first", "And now?", {}, "--continue");
    assert.equal(code, 0);
    assert.match(stdout, /args -p --model claude-sonnet-4-5 --continue in /);
  });

  it("leaves it to the command which network proxies can be used", async () => {
    const { code, stdout } = await send("first", "Hello three", { HTTPS_PROXY: "socks5://127.0.0.1:9", https_proxy: "" });
    assert.deepEqual([code, /You said: Hello three/.test(stdout)], [0, true]);
  });

  it("says that the command may not be executed, and ends as a shell would", async () => {
    const bin = join(scene.home.path, "denied");
    await mkdir(bin);
    await writeFile(join(bin, "claude"), playedClaude, { mode: 0o644 });
    const { code, stdout, stderr } = await send("first", "Hello", { PATH: bin }, "--json");
    assert.equal(code, 126);
    assert.match(stderr, /The `claude` command that comes first on the PATH may not be executed/);
    assert.equal((JSON.parse(stdout) as { code: string }).code, "claude_not_executable");
  });

  it("ends with the command's own code", async () => {
    assert.equal((await send("first", "please fail")).code, 3);
  });

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    it(`ends with the command when it is told to by ${signal}, also where there is no terminal`, async () => {
      const { run, command } = await goOn("please go on");
      run.child.kill(signal);
      const { code, stdout } = await run.result;
      assert.equal(code, 128 + constants.signals[signal]);
      assert.deepEqual(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""), { type: "error", code: "cancelled", message: "The request was aborted." });
      assert.ok(hasEnded(command));
    });
  }

  it("does not leave a command to itself that does not listen", async () => {
    const { run, command } = await goOn("please go on, deaf as you are");
    run.child.kill("SIGINT");
    assert.equal((await run.result).code, 130);
    assert.ok(hasEnded(command));
  });

  it("is stopped by the editor", async () => {
    const cancel = new AbortController();
    const { PATH } = process.env;
    process.env.PATH = withClaude.PATH;
    let said = "";
    const asked = streamAgent(distribution, scene.home.aihub, "first", "please go on", (text) => {
      said += text;
      cancel.abort();
    }, cancel.signal).finally(() => (process.env.PATH = PATH));
    await assert.rejects(asked, { code: "cancelled" });
    assert.ok(hasEnded(Number(/process (\d+);/.exec(said)?.[1])));
  });
});

function hasEnded(pid: number): boolean {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
}
