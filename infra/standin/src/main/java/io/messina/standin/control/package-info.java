/** What a test asks of the running stand-in, as CQL tables that are written to. */
package io.messina.standin.control;
