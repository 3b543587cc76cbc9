package io.messina.connect.scylla.round;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import io.messina.connect.scylla.cql.LogEntry;
import io.messina.connect.scylla.cql.RowBudget;
import io.messina.connect.scylla.cql.RowState;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.look.Request;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Reads again where a write of several rows is there in part only.
 *
 * <p>The log can be ahead of the table. A batch in one partition becomes visible at once, but its
 * rows are read one by one: where it came in between, the first of them were not there yet, and
 * would go out as deletes beside the others until the second look. By now they have come. (Rows
 * that were deleted since look the same, and cost a few more reads.)
 */
final class HalfThere {

  private static final int TRIES = 2;

  private record Write(int slice, UUID time) {}

  private HalfThere() {}

  /** The rows of these requests, read again as far as it takes. */
  static List<RowState> settled(
      TableSource source, List<Request> requests, List<RowState> rows, RowBudget budget)
      throws InterruptedException {
    List<RowState> settled = new ArrayList<>(rows);
    for (int tries = 0; tries < TRIES; tries++) {
      List<Integer> missing = missing(requests, settled);
      if (missing.isEmpty()) {
        break;
      }
      List<RowState> again =
          source.rows(missing.stream().map(i -> requests.get(i).key()).toList(), budget);
      for (int i = 0; i < missing.size(); i++) {
        settled.set(missing.get(i), again.get(i));
      }
    }
    return settled;
  }

  /** Which rows are not there although they were written with others that are. */
  private static List<Integer> missing(List<Request> requests, List<RowState> rows) {
    Map<Write, List<Integer>> absent = new LinkedHashMap<>();
    for (int i = 0; i < rows.size(); i++) {
      if (!rows.get(i).exists() && wrote(requests.get(i))) {
        absent.computeIfAbsent(write(requests.get(i)), write -> new ArrayList<>()).add(i);
      }
    }
    List<Integer> missing = new ArrayList<>();
    for (int i = 0; i < rows.size() && !absent.isEmpty(); i++) {
      if (rows.get(i).exists() && wrote(requests.get(i))) {
        List<Integer> others = absent.remove(write(requests.get(i)));
        missing.addAll(others == null ? List.of() : others);
      }
    }
    return missing;
  }

  /** Whether the newest that the log says of a row is that it was written. */
  private static boolean wrote(Request request) {
    OperationType operation = request.newest().map(LogEntry::operation).orElse(null);
    return operation == OperationType.ROW_INSERT || operation == OperationType.ROW_UPDATE;
  }

  private static Write write(Request request) {
    return new Write(request.slice(), request.newest().orElseThrow().time());
  }
}
