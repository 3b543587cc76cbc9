package io.messina.connect.jdbc;

import io.debezium.connector.jdbc.type.debezium.VariableScaleDecimalType;
import org.apache.kafka.connect.data.Schema;

/**
 * A decimal of any scale, stored as Postgres' {@code numeric} without bounds.
 *
 * <p>Debezium makes such a column {@code double precision} when it adds one to a table, which keeps
 * 15 digits of a decimal and loses the rest without a word.
 */
final class NumericType extends VariableScaleDecimalType {

  @Override
  public String getTypeName(Schema schema, boolean isKey) {
    return "numeric";
  }
}
