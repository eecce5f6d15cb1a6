/** Text made safe for HTML, attribute values included. */
function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const style = `
  :root { color-scheme: light dark; --ground: #f4f4f1; --card: #fff; --ink: #1d1d1b; --soft: #5c5c57; --line: #d9d9d2;
    --accent: #1f5fbf; --on-accent: #fff; }
  @media (prefers-color-scheme: dark) { :root { --ground: #161615; --card: #222220; --ink: #eeeeea; --soft: #a9a9a1;
    --line: #3d3d39; --accent: #8ab4f8; --on-accent: #10203a; } }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground); color: var(--ink);
    font: 16px/1.5 system-ui, sans-serif; }
  main { box-sizing: border-box; width: min(28rem, calc(100vw - 2rem)); padding: 2rem; background: var(--card);
    border: 1px solid var(--line); border-radius: 12px; }
  h1 { margin: .75rem 0 .5rem; font-size: 1.35rem; line-height: 1.3; }
  .vendor { margin: 0; color: var(--soft); font-size: .875rem; }
  .vendor strong { padding: .1rem .5rem; border: 1px solid currentColor; border-radius: 99px; font-weight: 600; }
  ul { padding-left: 1.2rem; color: var(--soft); overflow-wrap: anywhere; }
  form { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem; align-items: center; }
  label { flex: 1 1 100%; } input { display: block; box-sizing: border-box; width: 100%; margin-top: .25rem; padding: .6rem;
    font: inherit; letter-spacing: .1em; color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: 8px; }
  button { padding: .6rem 1.2rem; font: inherit; color: inherit; background: none; border: 1px solid var(--line);
    border-radius: 8px; cursor: pointer; }
  button.primary { color: var(--on-accent); background: var(--accent); border-color: var(--accent); }
  :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
  code { display: block; padding: .75rem; background: var(--ground); border-radius: 8px; overflow-wrap: anywhere; }
`;

/** Who plays, in the words of the page's headline. */
export interface PageVendor {
  /** "Claude", "ChatGPT", "GitHub". */
  title: string;
  /** What the vendor calls the program that asks. */
  client: string;
}

function page(vendor: PageVendor, title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escape(title)} · ${escape(vendor.title)} (sandbox)</title>
<style>${style}</style>
</head>
<body>
<main>
<p class="vendor">${escape(vendor.title)} <strong>sandbox</strong> not the real service</p>
<h1>${escape(title)}</h1>
${content}
</main>
</body>
</html>`;
}

const decisionButtons = `<button id="authorize" class="primary" name="decision" value="authorize">Authorize</button>
<button id="deny" name="decision" value="deny">Deny</button>`;

/** Asks whether the client may act for the account. Posts `decision` (and `user_code`) to its own address. */
export function consentPage(vendor: PageVendor, account: string, scopes: readonly string[], userCode?: string): string {
  const items = scopes.map((scope) => `<li>${escape(scope)}</li>`).join("");
  const code = userCode === undefined ? "" : `<input type="hidden" name="user_code" value="${escape(userCode)}">`;
  return page(
    vendor,
    `${vendor.client} wants to use your account`,
    `<p>Signed in as <b id="account">${escape(account)}</b>. It asks for:</p>
<ul>${items}</ul>
<form method="post">${code}${decisionButtons}</form>`,
  );
}

/** Asks for the code of the device flow. */
export function userCodePage(vendor: PageVendor, problem?: string, typed = ""): string {
  const complaint = problem === undefined ? "" : `<p role="alert" id="problem">${escape(problem)}</p>`;
  return page(
    vendor,
    "Connect a device",
    `<p>Enter the code that ${escape(vendor.client)} shows.</p>${complaint}
<form method="post">
<label>Code <input id="user_code" name="user_code" autocomplete="off" spellcheck="false" required autofocus value="${escape(typed)}"></label>
<button id="continue" class="primary">Continue</button>
</form>`,
  );
}

/** Says how it went. */
export function outcomePage(vendor: PageVendor, title: string, text: string): string {
  return page(vendor, title, `<p id="outcome">${escape(text)}</p>`);
}

/** Says what is wrong with an authorization request. Vendors do not redirect on such requests. */
export function errorPage(vendor: PageVendor, problems: readonly string[]): string {
  const items = problems.map((problem) => `<li>${escape(problem)}</li>`).join("");
  return page(vendor, "Invalid authorization request", `<ul id="problems">${items}</ul>`);
}

/** Anthropic's hosted redirect: shows `code#state` for the person to carry to the client. */
export function codePage(vendor: PageVendor, code: string): string {
  return page(
    vendor,
    "Authentication code",
    `<p>Paste this into ${escape(vendor.client)}:</p>
<code id="code">${escape(code)}</code>
<form onsubmit="return false"><button id="copy" class="primary" type="button">Copy code</button><span role="status" id="copied"></span></form>
<script>
document.getElementById("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(document.getElementById("code").textContent);
  document.getElementById("copied").textContent = "Copied";
});
</script>`,
  );
}
