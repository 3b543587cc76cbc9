package io.messina.connect.scylla.types;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The codecs of all types that the connector carries. One family registers itself with one line
 * here.
 */
public final class Codecs {

  private static final Map<String, Codec> SCALARS = new HashMap<>();
  private static final Map<String, Factory> COMPOSITES = new HashMap<>();
  private static final Set<String> TEXTS = Set.of("ascii", "text", "varchar");

  /** Makes the codec of a type with arguments. */
  interface Factory {

    /** The codec; {@code inner} are those of the arguments that are types. */
    Codec make(CqlType type, List<Codec> inner);
  }

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
    Lists.register(COMPOSITES);
    Maps.register(COMPOSITES);
    Tuples.register(COMPOSITES);
    Vectors.register(COMPOSITES);
  }

  private Codecs() {}

  /** The codec of a type without user types in it, or nothing where there is none. */
  public static Optional<Codec> of(CqlType type) {
    return of(type, UserTypes.NONE);
  }

  /**
   * The codec of a type, or nothing where the connector does not carry it: counters, custom types,
   * user types that are not known.
   */
  public static Optional<Codec> of(CqlType spelled, UserTypes userTypes) {
    CqlType type = spelled.thawed();
    if (type.arguments().isEmpty()) {
      Codec scalar = SCALARS.get(type.name());
      return scalar != null
          ? Optional.of(scalar)
          : userTypes.named(type.name()).flatMap(fields -> Structures.of(fields, userTypes));
    }
    Factory factory = COMPOSITES.get(type.name());
    List<Codec> inner = new ArrayList<>();
    for (CqlType argument : Vectors.withoutDimension(type)) {
      of(argument, userTypes).ifPresent(inner::add);
    }
    return factory == null || inner.size() < Vectors.withoutDimension(type).size()
        ? Optional.empty()
        : Optional.of(factory.make(type, inner));
  }

  /** Whether a type has no parts. */
  static boolean isScalar(CqlType type) {
    return SCALARS.containsKey(type.name());
  }

  /** Whether values of a type can name the members of a JSON object. */
  static boolean isText(CqlType type) {
    return TEXTS.contains(type.name());
  }
}
