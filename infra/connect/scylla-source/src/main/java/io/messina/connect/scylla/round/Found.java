package io.messina.connect.scylla.round;

import io.messina.connect.scylla.event.Event;
import io.messina.connect.scylla.look.Request;
import io.messina.connect.scylla.offset.SliceId;
import java.util.List;
import java.util.Map;

/**
 * What one table's part of a round found.
 *
 * @param events what is to be emitted, each key once
 * @param signalled what the signals asked for, by slice
 */
record Found(List<Event> events, Map<SliceId, List<Request>> signalled) {}
