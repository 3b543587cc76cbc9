package io.messina.connect.vault;

import java.util.Map;
import java.util.Set;

/** Connect's connectors, as far as a changed secret concerns them. */
interface Connectors {

  /**
   * Which connectors use one of some keys, and want to be restarted for it.
   *
   * @param changed the keys, by path
   * @throws java.io.IOException when Connect does not say
   */
  Set<String> using(Map<SecretPath, Set<String>> changed)
      throws java.io.IOException, InterruptedException;

  /**
   * Restarts a connector and its tasks.
   *
   * @return whether that is settled: it is asked for, or there is no such connector any more
   */
  boolean restart(String connector) throws java.io.IOException, InterruptedException;
}
