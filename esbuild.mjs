import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";
import { thirdPartyNotices } from "./notices.mjs";

/*
 * What is built, and why in these forms:
 *   dist/extension.js  CJS, loaded at activation: small, no Pi code
 *   dist/auth.js       CJS, loaded at the first sign-in or refresh
 *   dist/agents.js     CJS, loaded at the first command about agents or the first open file of theirs (YAML and JSON are in it)
 *   dist/api.js        CJS, loaded when another extension calls
 *   dist/mirror.js     CJS, loaded with the first change of the sign-ins
 *   dist/lock.js, dist/write.js  CJS, loaded with the first write
 *   dist/import.js     CJS, loaded on the first run, when Pi may have sign-ins
 *   dist/cli.mjs       the `aihub` command: ESM, each command a chunk of its own in dist/cli
 *   dist/agent/main.mjs one agent run: ESM and split: as CJS, or as one file, Pi crashes when it starts
 *   dist/ThirdPartyNotices.txt the licences of what is bundled (notices.mjs)
 * The command and the agent share no chunks: that would make many small ones, which cost every command time.
 */
const isWatching = process.argv.includes("--watch");
const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");

/** @type {import("esbuild").BuildOptions} */
const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  minify: !isWatching,
  sourcemap: isWatching,
  legalComments: "none",
  logLevel: "warning",
  // Its main entry is UMD, whose inner requires a bundler does not see.
  alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" },
};

/** Modules that the extension loads when they are first needed, and the bundles they stand in. */
const lazyModules = { "vscode/authChunk": "auth", "vscode/agentsChunk": "agents", "vscode/createApi": "api", "auth/importSignIns": "import", "gateway/mirror": "mirror", "store/lock": "lock" };

/** A package that it needs for its first write, likewise. */
const lazyPackages = { "write-file-atomic": "write" };

const nameOf = (path) => path.split("/").at(-1);
const bundleOf = { ...Object.fromEntries(Object.entries(lazyModules).map(([module, bundle]) => [nameOf(module), bundle])), ...lazyPackages };

const lazyChunks = {
  name: "lazy-chunks",
  setup(builder) {
    builder.onResolve({ filter: new RegExp(`(?:^|/)(?:${Object.keys(bundleOf).join("|")})$`) }, ({ path, kind }) =>
      kind === "dynamic-import" ? { path: `./${bundleOf[nameOf(path)]}.js`, external: true } : undefined,
    );
  },
};

/**
 * Pi loads its compiler for extensions of the person's with its first line: a fifth of the time until its interface is
 * seen. Few have any, so it is loaded with the first of them.
 */
const lazyExtensionCompiler = {
  name: "lazy-extension-compiler",
  setup(builder) {
    const compiler = "jiti/static";
    builder.onResolve({ filter: /^jiti\/static$/ }, ({ namespace }) => (namespace === "lazy" ? undefined : { path: compiler, namespace: "lazy" }));
    builder.onLoad({ filter: /./, namespace: "lazy" }, () => ({
      contents: `export const createJiti = (...options) => ({ import: async (...args) => (await import("${compiler}")).createJiti(...options).import(...args) });`,
      resolveDir: join(root, "node_modules", "@mariozechner", "pi-coding-agent"),
    }));
  },
};

/** CJS parts inside an ESM bundle expect these to exist. */
const commonjsGlobals = `
import { createRequire as __createRequire } from "node:module";
import { fileURLToPath as __fileURLToPath } from "node:url";
const require = __createRequire(import.meta.url);
const __filename = __fileURLToPath(import.meta.url);
const __dirname = __fileURLToPath(new URL(".", import.meta.url));
`.trim();

/** @type {import("esbuild").BuildOptions} */
const esm = { ...shared, outdir: dist, outExtension: { ".js": ".mjs" }, format: "esm", splitting: true, banner: { js: commonjsGlobals } };

const builds = [
  { ...shared, entryPoints: { extension: "src/extension.ts" }, outdir: dist, format: "cjs", external: ["vscode"], plugins: [lazyChunks] },
  ...[...Object.entries(lazyModules).map(([module, bundle]) => [`src/${module}.ts`, bundle]), ...Object.entries(lazyPackages)].map(([entry, bundle]) => ({
    ...shared, entryPoints: { [bundle]: entry }, outdir: dist, format: "cjs", external: ["vscode"], plugins: [lazyChunks],
  })),
  { ...esm, entryPoints: { cli: "src/cli/main.ts" }, chunkNames: "cli/[name]-[hash]" },
  {
    ...esm,
    entryPoints: { "agent/main": "src/agent/main.ts" },
    chunkNames: "chunks/[name]-[hash]",
    // Optional in Pi: telemetry and native helpers that it does without.
    external: ["@opentelemetry/api", "koffi", "@mariozechner/clipboard"],
    plugins: [lazyExtensionCompiler],
  },
];

/** Files that Pi reads beside its code: themes and the template of its HTML export. */
async function copyPiAssets() {
  const from = join(root, "node_modules", "@mariozechner", "pi-coding-agent");
  const to = join(dist, "agent", "pi");
  await mkdir(to, { recursive: true });
  for (const asset of ["package.json", "dist/modes/interactive/theme", "dist/modes/interactive/assets", "dist/core/export-html"]) {
    await cp(join(from, asset), join(to, asset), { recursive: true, filter: (path) => !/\.(?:d\.ts|map)$/.test(path) && !/(?:theme|index|ansi-to-html|tool-renderer)\.js$/.test(path) });
  }
  await cp(join(root, "node_modules/@silvia-odwyer/photon-node/photon_rs_bg.wasm"), join(dist, "chunks", "photon_rs_bg.wasm"));
}

await rm(dist, { recursive: true, force: true });
if (isWatching) {
  for (const options of builds) await (await context(options)).watch();
} else {
  const metafiles = [];
  for (const options of builds) metafiles.push((await build({ ...options, metafile: true })).metafile);
  await writeFile(join(dist, "ThirdPartyNotices.txt"), await thirdPartyNotices(root, metafiles));
}
await copyPiAssets();
