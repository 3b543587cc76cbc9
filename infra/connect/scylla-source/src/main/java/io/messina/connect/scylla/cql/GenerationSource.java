package io.messina.connect.scylla.cql;

import java.util.SortedSet;

/** Where the CDC generations of a cluster, or of one table with tablets, are asked for. */
interface GenerationSource {

  /** When each known generation begins, in microseconds since 1970. */
  SortedSet<Long> starts();

  /** The generation that begins at a time. */
  Generation read(long start);

  /** Whose they are, for a message. */
  String name();
}
