import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";

const root = resolve(__dirname, "../..");

describe("the package that people install", () => {
  let folder: string;
  let packed: string[];

  before(function () {
    this.timeout(180_000);
    folder = mkdtempSync(join(tmpdir(), "aihub-package-"));
    const file = join(folder, "aihub.vsix");
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: { package: string } };
    // As the script calls it, after its build; a later --out counts.
    const [, args = ""] = /\bvsce (package .+)$/.exec(scripts.package) ?? [];
    const { status, stderr } = spawnSync(process.execPath, [join(root, "node_modules", "@vscode", "vsce", "vsce"), ...args.split(" "), "--out", file], { cwd: root, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    packed = namesIn(readFileSync(file));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("holds all that is built, what is shown and read with it, and nothing else", () => {
    const shown = ["package.json", "readme.md", "changelog.md", "LICENSE.txt", "media/icon.png", "media/view.svg"];
    const expected = [...shown, ...["dist", "docs", "schemas"].flatMap(filesIn)].map((name) => `extension/${name}`);
    assert.deepEqual(packed.toSorted(), ["[Content_Types].xml", "extension.vsixmanifest", ...expected].toSorted());
    assert.deepEqual(packed.filter((name) => /\.(?:map|ts)$/.test(name)), []);
  });

  it("has every page that its README leads to", () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const pages = [...readme.matchAll(/\]\((?!\w+:|#)([^)#]+)/g)].map(([, page]) => page);
    assert.ok(pages.includes("docs/cli.md"));
    assert.deepEqual(pages.filter((page) => !packed.includes(`extension/${page}`)), []);
  });

  it("has the licence of every package whose code is in it", async function () {
    this.timeout(60_000);
    const notices = readFileSync(join(root, "dist", "ThirdPartyNotices.txt"), "utf8");
    const sections = [...notices.matchAll(/^={80}\n(\S+ \S+) \([^)]+\)\n={80}\n\n([^]*?)(?=\n={80}\n|$(?![^]))/gm)];
    const titles = sections.map(([, title]) => title);
    const bundled = await bundledPackages();
    assert.ok(["undici 7", "yaml 2", "zod 4", "@mariozechner/pi-coding-agent 0"].every((known) => bundled.some((each) => each.startsWith(known))));
    assert.deepEqual(bundled.filter((each) => !titles.includes(each)), []);
    assert.deepEqual(titles, [...new Set(titles)].sort());
    for (const [, title, text = ""] of sections) assert.match(text, /permission|permitted|terms|licen[cs]e/i, title);
  });
});

/** What the three ways in are made of, each package with its version, by a bundle of its own. */
async function bundledPackages(): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["src/extension.ts", "src/cli/main.ts", "src/agent/main.ts"],
    ...{ bundle: true, splitting: true, format: "esm", platform: "node", target: "node20", outdir: "out", write: false, metafile: true, logLevel: "error" },
    alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" },
    external: ["vscode", "@opentelemetry/api", "koffi", "@mariozechner/clipboard"],
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const folders = inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? (/^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []) : []));
  return [...new Set(folders)].filter((folder) => !folder.startsWith("(")).map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as { name: string; version: string };
    return `${name} ${version}`;
  });
}

function filesIn(name: string): string[] {
  return readdirSync(join(root, name), { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name).slice(root.length + 1).replaceAll("\\", "/"));
}

/** The names in a zip file, out of the directory at its end (APPNOTE 4.3.12 and 4.3.16). */
function namesIn(zip: Buffer): string[] {
  const end = zip.lastIndexOf("PK\x05\x06", undefined, "latin1");
  const names: string[] = [];
  for (let at = zip.readUInt32LE(end + 16); zip.toString("latin1", at, at + 4) === "PK\x01\x02"; ) {
    const [name, extra, comment] = [28, 30, 32].map((field) => zip.readUInt16LE(at + field)) as [number, number, number];
    names.push(zip.toString("utf8", at + 46, at + 46 + name));
    at += 46 + name + extra + comment;
  }
  return names;
}
