package io.messina.standin.access;

import java.util.Map;
import org.apache.cassandra.auth.AllowAllAuthenticator;
import org.apache.cassandra.auth.PasswordAuthenticator;
import org.apache.cassandra.config.Config;
import org.apache.cassandra.config.ConfigurationLoader;
import org.apache.cassandra.config.EncryptionOptions;
import org.apache.cassandra.config.ParameterizedClass;
import org.apache.cassandra.config.YamlConfigurationLoader;
import org.apache.cassandra.security.PEMBasedSslContextFactory;

/** Cassandra's configuration, with what the flags of access say on top. */
public final class AccessConfig implements ConfigurationLoader {

  /** Sees to it that Cassandra reads its configuration through this class. */
  public static void install() {
    System.setProperty("cassandra.config.loader", AccessConfig.class.getName());
  }

  @Override
  public Config loadConfig() {
    Config config = new YamlConfigurationLoader().loadConfig();
    apply(AccessFlags.read(System.getProperties()), config);
    return config;
  }

  /** Puts the flags into a configuration; without flags it stays as it is. */
  static void apply(AccessFlags flags, Config config) {
    if (flags.hasUser()) {
      if (!isOpen(config)) {
        throw new IllegalArgumentException(
            "-Dmessina.standin.user and an authenticator in cassandra.yaml exclude each other");
      }
      config.authenticator = named(PasswordAuthenticator.class, Map.of());
      config.role_manager = named(OneUser.class, Map.of());
    }
    if (flags.hasTls()) {
      config.client_encryption_options = encryption(flags);
    }
  }

  private static boolean isOpen(Config config) {
    return config.authenticator == null
        || config.authenticator.class_name.endsWith(AllowAllAuthenticator.class.getSimpleName());
  }

  private static EncryptionOptions encryption(AccessFlags flags) {
    EncryptionOptions options =
        new EncryptionOptions()
            .withEnabled(true)
            .withOptional(false)
            .withRequireClientAuth(flags.needsClientCertificate());
    if (flags.keystore() != null) {
      options =
          options
              .withKeyStore(flags.keystore().toString())
              .withKeyStorePassword(flags.keystorePassword());
    } else {
      options =
          options.withSslContextFactory(named(PEMBasedSslContextFactory.class, flags.pemTexts()));
    }
    // A copy: each of these calls leaves options that Cassandra takes for its final ones.
    return new EncryptionOptions(options);
  }

  private static ParameterizedClass named(Class<?> type, Map<String, String> parameters) {
    return new ParameterizedClass(type.getName(), parameters);
  }
}
