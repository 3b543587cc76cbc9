/** What the stand-in remembers across its restarts. */
package io.messina.standin.state;
