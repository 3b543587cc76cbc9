package io.messina.connect.vault;

import org.apache.kafka.common.errors.RetriableException;

/** Vault does not serve us now, but may later: it does not answer, is sealed or overloaded. */
public final class VaultUnavailableException extends RetriableException {

  private static final long serialVersionUID = 1L;

  VaultUnavailableException(String message) {
    super(message);
  }
}
