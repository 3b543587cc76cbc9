package io.messina.standin.load;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.cassandra.config.DatabaseDescriptor;
import org.apache.cassandra.io.sstable.CQLSSTableWriter;

/**
 * Writes rows from the standard input into files that the stand-in can import.
 *
 * <p>Arguments: a folder, the table's CREATE TABLE, an INSERT with a marker for each column. A row
 * is its cells in the order of the markers, each as CQL's protocol has it: four bytes of length, -1
 * for null, then as many bytes. What was written is said at the end, as one number. The system
 * property {@code cassandra.config} names settings like the stand-in's.
 */
public final class Loader {

  private static final int WRONG_USAGE = 64;
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int MEGABYTES_PER_FILE = 16;

  private Loader() {}

  /** Runs it. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 3) {
      System.err.println("usage: Loader FOLDER CREATE-TABLE INSERT < rows");
      System.exit(WRONG_USAGE);
    }
    // As a tool, with the stand-in's own settings: by itself the writer makes files that are too new.
    DatabaseDescriptor.toolInitialization();
    Path folder = Files.createDirectories(Path.of(arguments[0]));
    long written = load(folder, arguments[1], arguments[2]);
    System.out.println(written);
    System.exit(0); // Cassandra leaves threads behind
  }

  private static long load(Path folder, String schema, String insert) throws IOException {
    int columns = (int) insert.chars().filter(c -> c == '?').count();
    long rows = 0;
    try (DataInputStream in =
            new DataInputStream(new BufferedInputStream(System.in, BUFFER_BYTES));
        CQLSSTableWriter writer =
            CQLSSTableWriter.builder()
                .inDirectory(folder.toString())
                .forTable(schema)
                .using(insert)
                .withBufferSizeInMiB(MEGABYTES_PER_FILE)
                .build()) {
      for (List<ByteBuffer> row = next(in, columns); row != null; row = next(in, columns)) {
        writer.rawAddRow(row);
        rows++;
      }
    }
    return rows;
  }

  private static List<ByteBuffer> next(DataInputStream in, int columns) throws IOException {
    List<ByteBuffer> row = new ArrayList<>(columns);
    for (int column = 0; column < columns; column++) {
      int length;
      try {
        length = in.readInt();
      } catch (EOFException end) {
        if (column > 0) {
          throw end;
        }
        return null;
      }
      row.add(length < 0 ? null : ByteBuffer.wrap(in.readNBytes(length)));
    }
    return row;
  }
}
