/** Tables with many rows, made without writing them row by row. */
package io.messina.standin.load;
