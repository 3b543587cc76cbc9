package io.messina.connect.scylla.types;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The codecs of all types that the connector carries. One family registers itself with one line
 * here.
 */
public final class Codecs {

  private static final Map<String, Codec> SCALARS = new HashMap<>();

  static {
    Texts.register(SCALARS);
    Integers.register(SCALARS);
    Floats.register(SCALARS);
    Booleans.register(SCALARS);
    Blobs.register(SCALARS);
    Decimals.register(SCALARS);
    Uuids.register(SCALARS);
    Timestamps.register(SCALARS);
    Dates.register(SCALARS);
    Times.register(SCALARS);
    Inets.register(SCALARS);
    Durations.register(SCALARS);
  }

  private Codecs() {}

  /** The codec of a type, or nothing where the connector does not carry it. */
  public static Optional<Codec> of(CqlType type) {
    return type.arguments().isEmpty()
        ? Optional.ofNullable(SCALARS.get(type.name()))
        : Optional.empty();
  }
}
