package io.messina.connect.scylla.round;

import io.messina.connect.scylla.event.Event;
import io.messina.connect.scylla.event.Gap;
import io.messina.connect.scylla.look.Request;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import java.util.List;
import java.util.Map;

/**
 * What one table's part of a round found.
 *
 * @param table which table it was
 * @param gaps what a re-read does not carry
 * @param events what is to be emitted, each key once
 * @param signalled what the signals asked for, by slice
 */
record Found(
    SliceOffset.Table table,
    List<Gap> gaps,
    List<Event> events,
    Map<SliceId, List<Request>> signalled) {}
