import type { Profile } from "../auth/profiles";
import type { ProfileInfo } from "./api";

/** Nothing of a profile but what is promised. */
export function profileInfo({ id, provider, type, label, status, expires }: Profile): ProfileInfo {
  return { id, provider, type, label, status, expires };
}
