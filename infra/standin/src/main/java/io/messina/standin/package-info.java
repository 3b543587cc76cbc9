/** Apache Cassandra that behaves like ScyllaDB where change data capture is concerned. */
package io.messina.standin;
