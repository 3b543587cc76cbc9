package io.messina.connect.scylla.round;

import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.look.Request;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * What the rounds need of the signals: which rows are asked for, and what is answered.
 *
 * <p>All calls come from the rounds' thread, for each round in this order:
 *
 * <ol>
 *   <li>{@link #begin}: what was taken and not {@link #emitted} since is to be given again, for the
 *       round that took it has failed;
 *   <li>{@link #take}, once for each slice: the rows are read with those that the log names;
 *   <li>{@link #answers}, once, after all reads went well: nothing of the round can fail from here;
 *   <li>{@link #signalsUntil} for each slice: all offsets of the round's records say it;
 *   <li>{@link #emitted} for each slice: the records of the rows taken are in the round.
 * </ol>
 *
 * <p>An answer (a record on {@code signals.done}) comes with the first {@link #answers} after the
 * round with the signal's last row was committed, at once where no row was asked for. It carries the
 * advance of {@code signals_until}, and so do all records after it: the answers are the first
 * records of their round, and no offset that says more goes out before them. A crash in between
 * repeats the signal, which is harmless, and an answer is never lost.
 */
public interface SignalSource {

  /** No signals. */
  SignalSource NONE =
      new SignalSource() {
        @Override
        public void begin() {}

        @Override
        public List<Request> take(SliceId slice, TableSource source, int most) {
          return List.of();
        }

        @Override
        public List<SourceRecord> answers(
            Map<SliceId, SliceOffset> progress) {
          return List.of();
        }

        @Override
        public long signalsUntil(SliceId slice, SliceOffset before) {
          return before.signalsUntil();
        }

        @Override
        public void emitted(SliceId slice, List<Request> taken, int records) {}

        @Override
        public void stopped(SliceId slice, String why) {}
      };

  /** A round, or another attempt at it, begins. */
  void begin();

  /**
   * The rows that signals ask for in a slice and that are to be read now: fewer, or none, where the
   * signals' rate says so.
   *
   * @param slice the slice; only its keys are given
   * @param source its table, for the keys that lie in a range of tokens, and for its schema
   * @param most how many at most
   */
  List<Request> take(SliceId slice, TableSource source, int most) throws InterruptedException;

  /**
   * The answers to signals whose rows are committed.
   *
   * @param progress where the slices stand: an answer's offset is its slice's with a new {@code
   *     signals_until}
   */
  List<SourceRecord> answers(Map<SliceId, SliceOffset> progress);

  /** What the offsets of a slice say from here on: up to and with the answers just given. */
  long signalsUntil(SliceId slice, SliceOffset before);

  /**
   * A round has the records of what it took; they wait for their commit.
   *
   * @param taken the requests, as {@link #take} gave them
   * @param records how many data records the slice has in this round, of whatever cause
   */
  void emitted(SliceId slice, List<Request> taken, int records);

  /** The slice's table was stopped: its signals are not served any more by this task. */
  void stopped(SliceId slice, String why);
}
