package io.messina.standin.cdc;

import java.util.function.Supplier;
import org.apache.cassandra.cql3.ResultSet;
import org.apache.cassandra.db.marshal.BooleanType;
import org.apache.cassandra.transport.messages.ResultMessage;

/**
 * Keeps the log rows of a conditional statement back until Paxos has said yes. A ballot that is
 * lost is tried again, and each try makes its log rows anew; only those of the last one count.
 */
public final class ConditionalLog {

  private static final ThreadLocal<ConditionalLog> CURRENT = new ThreadLocal<>();

  private LogRows rows;

  private ConditionalLog() {}

  /** The conditional statement that this thread is running, or null. */
  static ConditionalLog current() {
    return CURRENT.get();
  }

  /** Keeps the log rows of a try, in the place of those of the try before. */
  void keep(LogRows made) {
    rows = made;
  }

  /** Runs a conditional statement, and writes its log rows if it was applied. */
  public static ResultMessage run(Supplier<ResultMessage> statement) {
    ConditionalLog log = new ConditionalLog();
    CURRENT.set(log);
    ResultMessage result;
    try {
      result = statement.get();
    } finally {
      CURRENT.remove();
    }
    if (log.rows != null && wasApplied(result)) {
      log.rows.write();
    }
    return result;
  }

  private static boolean wasApplied(ResultMessage result) {
    if (!(result instanceof ResultMessage.Rows rows)) {
      return false;
    }
    ResultSet set = rows.result;
    return BooleanType.instance.compose(set.rows.get(0).get(0));
  }
}
