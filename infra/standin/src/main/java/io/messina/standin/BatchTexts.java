package io.messina.standin;

import io.messina.standin.cql.ScyllaDialect;
import io.netty.buffer.ByteBuf;
import java.lang.reflect.Field;
import org.apache.cassandra.transport.Message;
import org.apache.cassandra.transport.ProtocolVersion;
import org.apache.cassandra.transport.messages.BatchMessage;

/**
 * Rewrites the unprepared statements of a protocol-level batch while it is decoded: Cassandra
 * parses those without asking its query handler.
 */
final class BatchTexts implements Message.Codec<BatchMessage> {

  private final Message.Codec<BatchMessage> cassandra;

  private BatchTexts(Message.Codec<BatchMessage> cassandra) {
    this.cassandra = cassandra;
  }

  /** Puts itself in the place of Cassandra's own decoder. */
  static void install() throws ReflectiveOperationException {
    Field codec = Message.Type.class.getDeclaredField("codec");
    codec.setAccessible(true);
    codec.set(Message.Type.BATCH, new BatchTexts(BatchMessage.codec));
  }

  @Override
  public BatchMessage decode(ByteBuf body, ProtocolVersion version) {
    BatchMessage batch = cassandra.decode(body, version);
    batch.queryOrIdList.replaceAll(
        query -> query instanceof String text ? ScyllaDialect.rewrite(text).cql() : query);
    return batch;
  }

  @Override
  public void encode(BatchMessage batch, ByteBuf out, ProtocolVersion version) {
    cassandra.encode(batch, out, version);
  }

  @Override
  public int encodedSize(BatchMessage batch, ProtocolVersion version) {
    return cassandra.encodedSize(batch, version);
  }
}
