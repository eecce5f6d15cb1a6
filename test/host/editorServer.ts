import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Host } from "./install";
import { descendants, kill } from "./processTree";

/**
 * How the editor treats a link to this machine: "desktop" leaves `http://localhost:<port>/…` as it is,
 * "browser-hosted" sends it through the editor's own address, as code-server does for its users.
 */
export type Flavour = "desktop" | "browser-hosted";

export interface EditorServerOptions {
  host: Host;
  /** The person's home folder: extensions and terminals see it as `HOME`. */
  home: string;
  /** Where the editor keeps settings, logs and state; a temporary folder, removed on close, if not given. */
  userDataDir?: string;
  /** The extension's folder. It is linked in as an installed extension, so it runs as it does for users. */
  extensionDevelopmentPath: string;
  /** Folders of further extensions, installed beside it. */
  otherExtensions?: readonly string[];
  /** Test code to run inside the extension host; the page then shows no notifications. */
  extensionTestsPath?: string;
  /** The folder that is opened; none if not given. */
  workspace?: string;
  /** Added to this process's environment; `undefined` removes a variable. */
  env?: Record<string, string | undefined>;
  /** Added to the settings that keep the editor quiet. */
  settings?: Record<string, unknown>;
  flavour?: Flavour;
}

export interface EditorServer {
  /** The page to open. */
  url: string;
  port: number;
  logsDir: string;
  /** Ends the server with everything it started, terminals included. */
  close(): Promise<void>;
}

/** No page may open by itself, nothing may call home, and nothing may cover what a test clicks on. */
const quietSettings = {
  "workbench.startupEditor": "none",
  "workbench.welcomePage.walkthroughs.openOnInstall": false,
  "workbench.tips.enabled": false,
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "update.showReleaseNotes": false,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "security.workspace.trust.enabled": false,
  // As on a desktop; in a browser the editor would save by itself.
  "files.autoSave": "off",
  "terminal.integrated.gpuAcceleration": "off",
  // Hides the built-in chat, which asks for a sign-in of its own; models stay reachable for extensions.
  "chat.disableAIFeatures": true,
  // A sign-in listens for its redirect: the editor would announce every such port.
  "remote.autoForwardPorts": false,
  "git.autofetch": false,
  "git.openRepositoryInParentFolders": "never",
};

/** Starts the editor's server on a free port of 127.0.0.1 and waits until it listens. */
export async function startEditorServer(options: EditorServerOptions): Promise<EditorServer> {
  const { host, home, extensionDevelopmentPath } = options;
  const dataDir = options.userDataDir ?? (await mkdtemp(path.join(tmpdir(), "aihub-editor-")));
  await writeSettings(dataDir, { ...quietSettings, ...options.settings });
  await linkExtensions(dataDir, [...(options.extensionTestsPath ? [] : [extensionDevelopmentPath]), ...(options.otherExtensions ?? [])]);

  const args = [
    path.join(host.vscode, "out/server-main.js"),
    ...["--host", "127.0.0.1", "--port", "0", "--server-data-dir", dataDir, "--telemetry-level", "off"],
    ...["--without-connection-token", "--accept-server-license-terms", "--disable-workspace-trust"],
    // Without this flag a built server ignores the payload with the tests; with it, it hides all notifications.
    ...(options.extensionTestsPath ? ["--enable-smoke-test-driver"] : []),
  ];
  // A group of its own, so that close() also reaches the extension host and the terminals.
  const child = spawn(host.node, args, { env: serverEnv(options), cwd: home, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const stop = () => killAll(child.pid);
  process.once("exit", stop);
  const close = async () => {
    process.off("exit", stop);
    await end(child);
    if (!options.userDataDir) await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };

  try {
    const port = await listeningPort(child);
    const url = editorUrl(port, options);
    return { url, port, logsDir: path.join(dataDir, "data/logs"), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function editorUrl(port: number, { workspace, extensionDevelopmentPath, extensionTestsPath }: EditorServerOptions): string {
  const url = new URL(`http://127.0.0.1:${port}/`);
  if (workspace) url.searchParams.set("folder", path.resolve(workspace));
  else url.searchParams.set("ew", "true");
  if (extensionTestsPath) {
    // To the page, this machine is a remote one.
    const remote = (file: string) => `vscode-remote://127.0.0.1:${port}${path.resolve(file)}`;
    const payload = Object.entries({ extensionDevelopmentPath, extensionTestsPath }).map(([name, file]) => [name, remote(file)]);
    url.searchParams.set("payload", JSON.stringify(payload));
  }
  return url.href;
}

/** Links among the installed extensions; the list beside them is removed, for the server to write it anew. */
async function linkExtensions(dataDir: string, folders: readonly string[]): Promise<void> {
  const extensions = path.join(dataDir, "extensions");
  await rm(extensions, { recursive: true, force: true });
  await mkdir(extensions, { recursive: true });
  for (const folder of folders) {
    const manifest = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8")) as { publisher: string; name: string; version: string };
    await symlink(path.resolve(folder), path.join(extensions, `${manifest.publisher}.${manifest.name}-${manifest.version}`));
  }
}

function serverEnv({ home, env, flavour }: EditorServerOptions): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|NODE_OPTIONS$|npm_)/.test(name));
  // A gallery without an address is a gallery that nothing asks.
  const own = { HOME: home, EXTENSIONS_GALLERY: "{}" };
  const merged: NodeJS.ProcessEnv = { ...Object.fromEntries(inherited), ...own, ...env };
  // Empty, it takes away the route by which the page would redirect localhost links.
  if (flavour !== "browser-hosted") merged["VSCODE_PROXY_URI"] = "";
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}

/** As the person's settings, and as this machine's: the editor takes a setting of scope "machine" only from there. */
async function writeSettings(dataDir: string, settings: Record<string, unknown>): Promise<void> {
  for (const level of ["User", "Machine"]) {
    const folder = path.join(dataDir, "data", level);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, "settings.json"), JSON.stringify(settings, undefined, 2));
  }
}

function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = "";
    const read = (data: Buffer) => {
      output += data.toString();
      const port = /agent listening on (\d+)/.exec(output)?.[1];
      if (port) resolve(Number(port));
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`The editor's server ended with ${code}:\n${output.slice(-4000)}`)));
    setTimeout(() => reject(new Error(`The editor's server does not listen:\n${output.slice(-4000)}`)), 60_000).unref();
  });
}

/** Ends the server and then whatever of its extension hosts and terminals is left. */
async function end(child: ChildProcess): Promise<void> {
  if (!child.pid) return;
  const left = descendants(child.pid);
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 3000);
    await ended;
    clearTimeout(late);
  }
  killAll(child.pid, left);
}

function killAll(pid: number | undefined, below = descendants(pid ?? 0)): void {
  // Group 0 and the children of process 0 would be everybody.
  if (pid) for (const each of [-pid, ...below]) kill(each);
}
