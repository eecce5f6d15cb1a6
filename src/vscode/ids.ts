/** The publisher and the name in package.json. */
export const extensionId = "aihub.aihub-vscode";

/** Every id that package.json contributes too; a test keeps the two in step. */
export const commands = {
  login: "aihub.login",
  logout: "aihub.logout",
  showAccounts: "aihub.showAccounts",
  createAgent: "aihub.createAgent",
  setAgentAuth: "aihub.setAgentAuth",
  setAgentAuthMode: "aihub.setAgentAuthMode",
  setAgentProfile: "aihub.setAgentProfile",
  launchAgent: "aihub.launchAgent",
  manageExtensionAccess: "aihub.manageExtensionAccess",
  showLog: "aihub.showLog",
} as const;

export const settings = {
  addToPath: "aihub.terminal.addToPath",
} as const;

export const statusBarId = "aihub.status";
