package io.messina.connect.jdbc.sink;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;

/**
 * The right to write what comes from a partition: a number in Postgres that only grows.
 *
 * <p>Whoever is given a partition takes the next number, and each of its transactions holds it. So a
 * task that stood still, and whose partitions are another's meanwhile, can't commit: its number is
 * no longer the last (a fencing token, Kleppmann, "How to do distributed locking", 2016). The next
 * owner waits for a transaction that holds the number, and what it writes then comes after it.
 *
 * <p>A number may be taken late, by a task that stood still on its way to it. So whoever takes one
 * must have been told a moment before that the partition is its own, see {@link Group}, and look at
 * the clock after it, see {@link Pulse}. And numbers may come twice: a Postgres that took over
 * without the last commits of the one before, or a table that was made anew, counts them again. So
 * a claim has its taker's name, which no other one has.
 */
final class Claims {

  /** Another one has claimed a partition since: nothing was written. */
  static final class Lost extends RuntimeException {

    private static final long serialVersionUID = 1L;

    Lost(Collection<TopicPartition> places) {
      super("other tasks have claimed what this one was about to write: " + places);
    }
  }

  private static final String TAKE =
      """
      INSERT INTO %s AS claims (connector, topic, partition, claim, taken_by, taken_at)
      SELECT ?, place.topic, place.partition, 1, ?, now()
      FROM unnest(?::text[], ?::integer[]) AS place (topic, partition)
      ORDER BY place.topic, place.partition
      ON CONFLICT (connector, topic, partition)
      DO UPDATE SET claim = claims.claim + 1, taken_by = EXCLUDED.taken_by, taken_at = EXCLUDED.taken_at
      RETURNING topic, partition, claim\
      """;

  private static final String HOLD =
      """
      SELECT claims.topic, claims.partition
      FROM %s AS claims
      JOIN unnest(?::text[], ?::integer[], ?::bigint[]) AS held (topic, partition, claim)
      USING (topic, partition, claim)
      WHERE claims.connector = ? AND claims.taken_by = ?
      ORDER BY claims.topic, claims.partition
      FOR SHARE OF claims\
      """;

  private static final Comparator<TopicPartition> ORDER =
      Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition);

  private final String take;
  private final String hold;
  private final String connector;
  private final String taker;
  private final Map<TopicPartition, Long> taken = new HashMap<>();

  /**
   * Claims of a task.
   *
   * @param table where they are kept, as schema.table; nothing is claimed, or held, without one
   * @param connector whose partitions they are
   * @param task who takes them, for people; what makes it the only one is added
   */
  Claims(String table, String connector, String task) {
    this.take = table.isEmpty() ? null : TAKE.formatted(quoted(table));
    this.hold = table.isEmpty() ? null : HOLD.formatted(quoted(table));
    this.connector = connector;
    this.taker = task + " " + UUID.randomUUID();
  }

  /** Those of the partitions that are to be claimed before they are written. */
  List<TopicPartition> missing(Collection<TopicPartition> places) {
    if (take == null) {
      return List.of();
    }
    return places.stream().filter(place -> !taken.containsKey(place)).sorted(ORDER).toList();
  }

  /**
   * Takes partitions' next numbers.
   *
   * @param connection in a transaction of its own; once that is committed, they are {@link #took}
   * @throws SQLException if it can't be done
   */
  Map<TopicPartition, Long> take(Connection connection, List<TopicPartition> places)
      throws SQLException {
    Map<TopicPartition, Long> numbers = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(take)) {
      statement.setString(1, connector);
      statement.setString(2, taker);
      statement.setArray(3, topics(connection, places));
      statement.setArray(4, partitions(connection, places));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          numbers.put(new TopicPartition(rows.getString(1), rows.getInt(2)), rows.getLong(3));
        }
      }
    }
    return numbers;
  }

  /** Numbers are this task's: Postgres has committed them. */
  void took(Map<TopicPartition, Long> numbers) {
    taken.putAll(numbers);
  }

  /**
   * Makes the transaction that has begun depend on the claims: until its end nobody takes them.
   *
   * @throws Lost if somebody has; the transaction must not go on
   */
  void hold(Connection connection, Set<TopicPartition> places) throws SQLException {
    if (hold == null) {
      return;
    }
    List<TopicPartition> all = places.stream().sorted(ORDER).toList();
    List<TopicPartition> lost = new ArrayList<>(all);
    try (PreparedStatement statement = connection.prepareStatement(hold)) {
      statement.setArray(1, topics(connection, all));
      statement.setArray(2, partitions(connection, all));
      Object[] numbers = all.stream().map(place -> taken.getOrDefault(place, 0L)).toArray();
      statement.setArray(3, connection.createArrayOf("int8", numbers));
      statement.setString(4, connector);
      statement.setString(5, taker);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          lost.remove(new TopicPartition(rows.getString(1), rows.getInt(2)));
        }
      }
    }
    if (!lost.isEmpty()) {
      forget(lost);
      throw new Lost(lost);
    }
  }

  /** Forgets claims: the partitions are no longer this task's, or have to be claimed anew. */
  void forget(Collection<TopicPartition> places) {
    taken.keySet().removeAll(places);
  }

  /** Forgets all: of another server, or connection, nobody knows what it has kept. */
  void forget() {
    taken.clear();
  }

  private static Array topics(Connection connection, List<TopicPartition> places)
      throws SQLException {
    return connection.createArrayOf("text", places.stream().map(TopicPartition::topic).toArray());
  }

  private static Array partitions(Connection connection, List<TopicPartition> places)
      throws SQLException {
    return connection.createArrayOf(
        "int4", places.stream().map(TopicPartition::partition).toArray());
  }

  private static String quoted(String table) {
    String[] parts = table.split("\\.", 2);
    StringBuilder name = new StringBuilder();
    for (String part : parts) {
      name.append(name.isEmpty() ? "" : ".").append('"').append(part.replace("\"", "\"\"")).append('"');
    }
    return name.toString();
  }
}
