package io.messina.connect.vault;

/** Who gives secrets. */
interface SecretReader {

  /**
   * The newest version of what lies at a path.
   *
   * @throws VaultUnavailableException when it can't be read now
   * @throws org.apache.kafka.common.config.ConfigException when it is not there, or not for us
   */
  Secret read(SecretPath path);
}
