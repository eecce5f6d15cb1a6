const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:Canvas;color:CanvasText}
main{max-width:32rem;padding:2rem;text-align:center}h1{font-size:1.4rem;margin:0 0 .5rem}p{margin:0 0 1rem}a{color:LinkText}`;

export interface PageText {
  title: string;
  text: string;
  /** The way back to where the person came from. */
  link?: { uri: string; label: string };
}

/** A brief page for after the redirect. It holds no code and no token, and loads nothing. */
export function loopbackPage({ title, text, link }: PageText): string {
  const back = link ? `<p><a href="${escapeHtml(link.uri)}">${escapeHtml(link.label)}</a></p>` : "";
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${style}</style></head>
<body><main><div role="status"><h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p></div>${back}</main></body></html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
