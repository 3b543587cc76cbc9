/** Who may connect to the stand-in, and how: passwords and TLS, by flags. */
package io.messina.standin.access;
