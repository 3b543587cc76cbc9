/** Reads what ScyllaDB accepts in CQL and Apache Cassandra does not, and takes it out of the text. */
package io.messina.standin.cql;
