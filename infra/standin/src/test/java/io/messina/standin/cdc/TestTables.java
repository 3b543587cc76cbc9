package io.messina.standin.cdc;

import java.util.UUID;
import org.apache.cassandra.config.DatabaseDescriptor;
import org.apache.cassandra.cql3.statements.schema.CreateTableStatement;
import org.apache.cassandra.dht.Murmur3Partitioner;
import org.apache.cassandra.schema.TableId;
import org.apache.cassandra.schema.TableMetadata;

/** Makes table metadata of CQL, without a server. */
final class TestTables {

  static {
    DatabaseDescriptor.clientInitialization();
    DatabaseDescriptor.setPartitionerUnsafe(Murmur3Partitioner.instance);
  }

  private TestTables() {}

  /** Parses a CREATE TABLE of the keyspace {@code k}. */
  static TableMetadata parse(String cql) {
    return CreateTableStatement.parse(cql, "k").id(newId()).build();
  }

  /** Draws a table's id as no server would: Cassandra's own way asks for native libraries. */
  static TableId newId() {
    return TableId.fromUUID(UUID.randomUUID());
  }
}
