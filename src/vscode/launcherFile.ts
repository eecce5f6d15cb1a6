/**
 * A script that runs the command on this editor's own Node: no other is needed on the machine. The variable makes a
 * Node of Electron; the command removes it again for what it starts.
 */
export function launcherFile(platform: NodeJS.Platform, node: string, command: string): { name: string; text: string } {
  if (platform === "win32") {
    const quoted = (path: string) => `"${path.replaceAll("%", "%%")}"`;
    return { name: "aihub.cmd", text: `@echo off\r\nsetlocal\r\nset ELECTRON_RUN_AS_NODE=1\r\n${quoted(node)} ${quoted(command)} %*\r\n` };
  }
  const quoted = (path: string) => `'${path.replaceAll("'", "'\\''")}'`;
  return { name: "aihub", text: `#!/bin/sh\nELECTRON_RUN_AS_NODE=1 exec ${quoted(node)} ${quoted(command)} "$@"\n` };
}
