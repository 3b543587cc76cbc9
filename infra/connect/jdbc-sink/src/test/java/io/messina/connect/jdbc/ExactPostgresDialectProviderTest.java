package io.messina.connect.jdbc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.debezium.connector.jdbc.type.debezium.VariableScaleDecimalType;
import org.junit.jupiter.api.Test;

class ExactPostgresDialectProviderTest {

  /** A column for decimals of any scale is numeric, without bounds. */
  @Test
  void decimalsAreNumeric() {
    assertEquals("numeric", new NumericType().getTypeName(null, false));
  }

  /** It takes the place of Debezium's own type, which is registered under the same names. */
  @Test
  void takesTheSamePlace() {
    assertArrayEquals(
        VariableScaleDecimalType.INSTANCE.getRegistrationKeys(),
        new NumericType().getRegistrationKeys());
  }

  /** The locked Debezium has the method that the provider calls. */
  @Test
  void debeziumCanRegisterIt() throws Exception {
    assertNotNull(ExactPostgresDialectProvider.registerType());
  }
}
