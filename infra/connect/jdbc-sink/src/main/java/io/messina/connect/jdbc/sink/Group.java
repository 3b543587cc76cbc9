package io.messina.connect.jdbc.sink;

import java.lang.reflect.Field;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The consumer group, asked whether a task is still in it.
 *
 * <p>That Connect brings records says nothing about it: a consumer which can't reach the group goes
 * on with what it has fetched, and with a batch that waits, and is told of nothing. What does say so
 * is a commit: the group takes it from its members only, and counts a member's session anew from it.
 */
final class Group {

  /** Less than a session, so that a group which does not answer is left before it is over. */
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private static final Logger LOG = LoggerFactory.getLogger(Group.class);

  /** It did not say that the task is in it: what may be another's must wait. */
  static final class Silent extends RuntimeException {

    private static final long serialVersionUID = 1L;

    Silent(KafkaException cause) {
      super("the group does not say that the partitions are this task's: " + cause, cause);
    }
  }

  private final Consumer<?, ?> consumer;

  /**
   * A group.
   *
   * @param consumer of the task; null: nobody can be asked
   */
  Group(Consumer<?, ?> consumer) {
    this.consumer = consumer;
  }

  /** The group of a task, by Connect's own consumer: a context has it, and shows it to nobody. */
  static Group of(SinkTaskContext context) {
    for (Class<?> each = context.getClass(); each != null; each = each.getSuperclass()) {
      for (Field field : each.getDeclaredFields()) {
        if (Consumer.class.isAssignableFrom(field.getType())) {
          try {
            field.setAccessible(true);
            return new Group((Consumer<?, ?>) field.get(context));
          } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.debug("The consumer of {} can't be had", context, e);
          }
        }
      }
    }
    LOG.warn(
        "This version of Kafka Connect does not let a task ask its group: a task that can't reach"
            + " its brokers, but can reach Postgres, may claim what is another's by now");
    return new Group(null);
  }

  /** Whether {@link #ask} asks anybody. */
  boolean canBeAsked() {
    return consumer != null;
  }

  /**
   * Asks: what is committed is committed once more, with its note.
   *
   * @param begin by partition, the first offset that is not yet written, where nothing is
   * @throws Silent if the group did not say that the task is in it; it may be asked again
   */
  void ask(Map<TopicPartition, OffsetAndMetadata> begin) {
    if (consumer == null) {
      return;
    }
    try {
      Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>(begin);
      consumer
          .committed(begin.keySet(), TIMEOUT)
          .forEach((place, committed) -> offsets.computeIfPresent(place, (p, o) -> or(committed, o)));
      consumer.commitSync(offsets, TIMEOUT);
    } catch (InterruptException e) {
      throw e;
    } catch (WakeupException e) {
      // It is Connect's to hear, at its next poll
      consumer.wakeup();
      throw new Silent(e);
    } catch (KafkaException e) {
      throw new Silent(e);
    }
  }

  private static OffsetAndMetadata or(OffsetAndMetadata committed, OffsetAndMetadata begin) {
    return committed == null ? begin : committed;
  }
}
