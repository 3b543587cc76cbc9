package io.messina.connect.scylla.cql;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import shaded.com.scylladb.cdc.driver3.driver.core.ConsistencyLevel;

/**
 * How many copies of a keyspace's rows there are in each datacenter, and whether what is written is
 * seen by what is read.
 *
 * @param copies the copies by datacenter; those of a SimpleStrategy under one name that is empty
 */
public record Replication(Map<String, Integer> copies) {

  /** Reads the replication options as the driver has them; nothing where they are of other kinds. */
  public static Optional<Replication> of(Map<String, String> options) {
    Map<String, Integer> copies = new TreeMap<>();
    try {
      for (Map.Entry<String, String> option : options.entrySet()) {
        if (option.getKey().equals("replication_factor")) {
          copies.put("", Integer.parseInt(option.getValue()));
        } else if (!option.getKey().equals("class")) {
          copies.put(option.getKey(), Integer.parseInt(option.getValue()));
        }
      }
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
    copies.values().removeIf(count -> count < 1);
    return copies.isEmpty() ? Optional.empty() : Optional.of(new Replication(copies));
  }

  /** Whether every read meets a copy that every acknowledged write before it reached. */
  public boolean overlap(ConsistencyLevel read, ConsistencyLevel write, String localDatacenter) {
    if (copies.size() == 1) {
      int all = total();
      return asked(read, all) + asked(write, all) > all;
    }
    return read.isDCLocal()
        ? overlapInOneDatacenter(read, write, localDatacenter)
        : asked(read, total()) + written(write, localDatacenter) > total();
  }

  /** Such as {@code dc1: 3, dc2: 3}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    copies.forEach(
        (datacenter, count) ->
            text.append(text.isEmpty() ? "" : ", ")
                .append(datacenter.isEmpty() ? "all nodes" : datacenter)
                .append(": ")
                .append(count));
    return text.toString();
  }

  private boolean overlapInOneDatacenter(
      ConsistencyLevel read, ConsistencyLevel write, String localDatacenter) {
    if (localDatacenter.isEmpty()) {
      // Any datacenter may answer, so what is written must be in each of them.
      return !write.isDCLocal()
          && copies.keySet().stream().allMatch(name -> overlapIn(name, read, write));
    }
    return copies.containsKey(localDatacenter) && overlapIn(localDatacenter, read, write);
  }

  private boolean overlapIn(String datacenter, ConsistencyLevel read, ConsistencyLevel write) {
    int here = copies.get(datacenter);
    int reached =
        switch (write) {
          case ALL -> here;
          case EACH_QUORUM, LOCAL_QUORUM -> quorum(here);
          default -> Math.max(0, asked(write, total()) - (total() - here));
        };
    return asked(read, here) + reached > here;
  }

  private int written(ConsistencyLevel write, String localDatacenter) {
    return switch (write) {
      case EACH_QUORUM -> copies.values().stream().mapToInt(Replication::quorum).sum();
      case LOCAL_QUORUM -> quorum(copies.getOrDefault(localDatacenter, 0));
      default -> asked(write, total());
    };
  }

  private static int asked(ConsistencyLevel level, int copies) {
    return switch (level) {
      case ONE, LOCAL_ONE -> 1;
      case TWO -> 2;
      case THREE -> 3;
      case ALL -> copies;
      default -> quorum(copies);
    };
  }

  private static int quorum(int copies) {
    return copies == 0 ? 0 : copies / 2 + 1;
  }

  private int total() {
    return copies.values().stream().mapToInt(Integer::intValue).sum();
  }
}
