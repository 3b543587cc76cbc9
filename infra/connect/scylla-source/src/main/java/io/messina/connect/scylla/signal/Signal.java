package io.messina.connect.scylla.signal;

import com.fasterxml.jackson.databind.JsonNode;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.ring.TokenRange;
import java.util.List;

/**
 * A request to read rows of a table again.
 *
 * @param id what its answers are known by
 * @param table the table
 * @param keys the keys of the rows, as they came; empty where there are tokens
 * @param tokens the tokens of the rows, or null where there are keys
 * @param statics whether the partitions' static columns are meant, and not rows
 */
public record Signal(
    String id, TableId table, List<JsonNode> keys, TokenRange tokens, boolean statics) {}
