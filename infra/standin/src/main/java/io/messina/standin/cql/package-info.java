/** Finds what ScyllaDB accepts in CQL and Apache Cassandra does not, and takes it out. */
package io.messina.standin.cql;
