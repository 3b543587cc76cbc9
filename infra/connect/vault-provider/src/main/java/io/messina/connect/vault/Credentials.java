package io.messina.connect.vault;

import io.github.jopenlibs.vault.Vault;
import io.github.jopenlibs.vault.VaultException;
import io.github.jopenlibs.vault.response.AuthResponse;

/** Who the worker is to Vault. Its text shows nothing of it. */
final class Credentials {

  /** A way to log in. */
  enum Method {
    TOKEN,
    APPROLE,
    KUBERNETES
  }

  private final Method method;
  private final String mount;
  private final String role;
  private final String proof;

  private Credentials(Method method, String mount, String role, String proof) {
    this.method = method;
    this.mount = mount.isEmpty() ? method.name().toLowerCase(java.util.Locale.ROOT) : mount;
    this.role = role;
    this.proof = proof;
  }

  /** A token that somebody else got. */
  static Credentials token(String token) {
    return new Credentials(Method.TOKEN, "", "", token);
  }

  /** An AppRole; the secret ID is empty where the role asks for none. */
  static Credentials appRole(String mount, String roleId, String secretId) {
    return new Credentials(Method.APPROLE, mount, roleId, secretId);
  }

  /** A role of Kubernetes, and the token of the pod's service account. */
  static Credentials kubernetes(String mount, String role, String podToken) {
    return new Credentials(Method.KUBERNETES, mount, role, podToken);
  }

  Method method() {
    return method;
  }

  String mount() {
    return mount;
  }

  /** The token itself, where no login is needed. */
  String token() {
    return proof;
  }

  /** Logs in. */
  AuthResponse login(Vault vault) throws VaultException {
    return method == Method.APPROLE
        ? vault.auth().loginByAppRole(mount, role, proof)
        : vault.auth().loginByJwt(mount, role, proof);
  }

  @Override
  public String toString() {
    return method.name();
  }
}
