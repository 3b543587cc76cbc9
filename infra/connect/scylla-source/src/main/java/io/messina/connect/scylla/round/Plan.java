package io.messina.connect.scylla.round;

import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import java.util.Map;

/**
 * What a round is to see, and where each slice is after it.
 *
 * @param first what no look has seen yet
 * @param second what is old enough to be seen again
 * @param reached the slices' new offsets
 */
record Plan(Look first, Look second, Map<SliceId, SliceOffset> reached) {}
