package io.messina.standin.cdc;

import java.util.Locale;

/** How much of a row a pre-image shows. */
public enum ImageMode {
  /** Nothing. */
  FALSE,
  /** The columns that the change touches. */
  TRUE,
  /** The whole row. */
  FULL;

  /** The mode as ScyllaDB writes it. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
