package io.messina.standin.cql;

/**
 * One member of the AND-chain behind {@code WITH}.
 *
 * @param name the option's name; null for {@code CLUSTERING ORDER BY} and {@code COMPACT STORAGE}
 * @param from index of its first token
 * @param value index of the first token of its value
 * @param to index after its last token
 */
record Property(String name, int from, int value, int to) {

  boolean is(String other) {
    return other.equals(name);
  }
}
