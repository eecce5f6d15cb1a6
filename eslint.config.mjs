import js from "@eslint/js";
import tseslint from "typescript-eslint";

/** The floors of the house, lowest first: each imports only what stands below it. */
const floors = [["common"], ["store"], ["providers"], ["auth"], ["gateway"], ["agent"], ["cli", "vscode"]];
const piPackages = { group: ["@mariozechner/*"], message: "Only providers/ and agent/ touch Pi." };
const editor = { group: ["vscode"], message: "Only src/vscode and src/extension.ts touch the editor." };
const mayUsePi = new Set(["providers", "agent"]);

const layerRules = floors.flatMap((floor, height) =>
  floor.map((folder) => {
    const above = floors.slice(height).flat().filter((other) => other !== folder);
    const patterns = [
      { group: above.map((other) => `**/${other}/*`), message: `src/${folder} imports only from the floors below it.` },
      ...(mayUsePi.has(folder) ? [] : [piPackages]),
      ...(folder === "vscode" ? [] : [editor]),
    ];
    return { files: [`src/${folder}/**/*.ts`], rules: { "no-restricted-imports": ["error", { patterns }] } };
  }),
);

export default tseslint.config(
  { ignores: ["dist", "out", ".host", ".vscode-test", "test/host/node_modules"] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  { languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["*.mjs"] }, tsconfigRootDir: import.meta.dirname } } },
  {
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "Named exports only." },
        { selector: "ExportAllDeclaration", message: "No barrel files." },
        { selector: "MemberExpression[object.name='AbortSignal'][property.name='timeout']", message: "Within AbortSignal.any it never fires: use withTimeLimit." },
      ],
      "max-lines": ["error", { max: 260, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    // A tool's configuration is read through its default export.
    files: ["**/*.mjs"],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { "no-restricted-syntax": "off" },
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly" } },
  },
  ...layerRules,
);
