package io.messina.standin.cql;

/** Replaces pieces of a text, from its beginning to its end. */
final class Edits {

  private final String text;
  private final StringBuilder out = new StringBuilder();
  private int copied;

  Edits(String text) {
    this.text = text;
  }

  /** Puts a replacement in the place of the characters from {@code start} to {@code end}. */
  void replace(int start, int end, String replacement) {
    out.append(text, copied, start).append(replacement);
    copied = end;
  }

  /** Returns the edited text; the same object when nothing was replaced. */
  String result() {
    return copied == 0 ? text : out.append(text, copied, text.length()).toString();
  }
}
