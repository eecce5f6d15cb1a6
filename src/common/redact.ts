/**
 * Shapes of secrets that the vendors issue, and of the parameters that carry them.
 * The logger redacts at its boundary, so that a mistake elsewhere does not become a leak.
 */
const secretShapes: readonly RegExp[] = [
  /\bsk-ant-[A-Za-z0-9_-]{8,}/g,
  /\bsk-[A-Za-z0-9_-]{16,}/g,
  /\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g,
  /\b(?:gh[a-z]|github_pat)_[A-Za-z0-9_]{8,}/g,
  /\brt_[A-Za-z0-9_.-]{8,}/g,
  /\btid=[^\s"']+/g,
  /(?<=\b(?:code|state|code_verifier|access_token|refresh_token|id_token|device_code|user_code)["']?\s*[=:]\s*["']?)[^\s&"',}#]+/g,
  /(?<=\b[Bb]earer\s+)[^\s"',]+/g,
];

/** The text with everything that looks like a secret replaced by `…`. */
export function redact(text: string): string {
  return secretShapes.reduce((result, shape) => result.replace(shape, "…"), text);
}
