/** Writes that become visible later than they were acknowledged. */
package io.messina.standin.late;
