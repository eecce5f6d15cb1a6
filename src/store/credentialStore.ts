import type { Disposable } from "../common/disposable";
import type { AIHubError } from "../common/errors";
import type { Waiter } from "./lock";
import type { OAuthCredential, ProfilesFile } from "./schema";
import type { ProfileId } from "./profileId";

/** What the store holds at one moment. */
export interface Snapshot {
  /** By profile id. */
  readonly credentials: Readonly<Record<ProfileId, OAuthCredential>>;
  readonly index: Readonly<ProfilesFile>;
  /** Profiles of which more stands there than can be understood, and what: they are not signed out. */
  readonly unreadable?: Readonly<Record<ProfileId, AIHubError>>;
}

/** A snapshot that may be changed: what differs afterwards is written. */
export interface Draft {
  credentials: Record<ProfileId, OAuthCredential>;
  index: ProfilesFile;
  /** To take one out signs it out. */
  unreadable?: Record<ProfileId, AIHubError>;
}

export interface UpdateOptions {
  /** Makes sure before anything is written that the disk would take the credentials once more: for what must be stored when it comes. */
  ensureRoom?: boolean;
}

/**
 * All that the floors above know of the files, so that a shared secret store can stand in their place.
 */
export interface CredentialStore {
  /** @throws AIHubError `store_invalid`, `store_not_secure` */
  read(): Promise<Snapshot>;

  /**
   * Reads afresh, lets `change` work on it and writes the difference, all under the store's lock.
   * When `change` throws, nothing is written.
   *
   * @throws AIHubError `store_invalid`, `store_not_secure`, `store_not_writable`, `store_newer`, `store_busy`
   */
  update<T>(change: (draft: Draft) => T, options?: UpdateOptions): Promise<T>;

  /**
   * Runs `body` while no other process holds the lock of this one credential. It is held across a vendor's
   * call, and so is another lock than the store's: other profiles can be read and written meanwhile.
   * Whoever has to wait asks `waiter.settle` whenever the store changes: a result spares it the lock.
   *
   * @throws AIHubError `store_not_writable`, `store_busy`
   */
  withCredentialLock<T>(id: ProfileId, body: () => Promise<T>, waiter: Waiter<T>): Promise<T>;

  /**
   * For a store of which others keep copies that they renew by themselves. To be called under the lock of a credential
   * that is about to be renewed: the store then has what they have renewed, and they keep their hands off for the time
   * of the renewal, since two that spend one refresh token end the whole sign-in.
   *
   * @throws AIHubError `store_busy` while another does not let go of its copy; `offline`, `rate_limited`, `vendor_fault`
   */
  beforeRenewal?(id: ProfileId): Promise<void>;

  /** The same before a sign-out: the store then has what others have renewed, as far as that can be known now. Never fails. */
  beforeSignOut?(id: ProfileId): Promise<void>;

  /** Calls `listener` after any process changed the store. */
  onDidChange(listener: () => void): Disposable;
}
