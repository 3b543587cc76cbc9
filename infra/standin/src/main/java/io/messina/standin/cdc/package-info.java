/** ScyllaDB's change data capture on Cassandra's schema and write path. */
package io.messina.standin.cdc;
