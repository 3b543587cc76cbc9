package io.messina.connect.vault;

import io.github.jopenlibs.vault.VaultException;

/**
 * What a failed request to Vault means. The driver's message holds the answer's body, which is not
 * ours to pass on: only status and kind are.
 */
final class Answers {

  private Answers() {}

  /** Whether it may be over in a moment: nobody answered, or the server says it is not ready. */
  static boolean passing(VaultException e) {
    return passing(e.getHttpStatusCode());
  }

  /** The same for a status; 0 where nobody answered. */
  static boolean passing(int status) {
    // 412: a standby that has not yet what the active one wrote. 472, 473: a standby's health.
    return status < 200 || status >= 500 || status == 412 || status == 429 || status == 472
        || status == 473;
  }

  /** The status, or what kept us from getting one. */
  static String status(VaultException e) {
    if (e.getHttpStatusCode() != 0) {
      return "HTTP " + e.getHttpStatusCode();
    }
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getClass().getSimpleName();
  }
}
