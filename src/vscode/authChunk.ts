export { login } from "../auth/login";
export { logout } from "../auth/logout";
export { freshCredential, refreshesSettled } from "../auth/refresh";
