package org.shmimtcp.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Lines of aligned columns: words to the left, numbers to the right. */
final class Table {
    private static final String GAP = "  ";

    private final boolean[] right;
    private final List<String[]> rows = new ArrayList<>();

    /**
     * @param headings one for each column; {@code >SIZE} is a column of numbers
     */
    Table(String... headings) {
        right = new boolean[headings.length];
        String[] first = new String[headings.length];
        for (int i = 0; i < headings.length; i++) {
            right[i] = headings[i].startsWith(">");
            first[i] = right[i] ? headings[i].substring(1) : headings[i];
        }
        rows.add(first);
    }

    /** A line with a cell for each column; with fewer, the last cell may be as long as it likes. */
    void row(String... cells) {
        rows.add(cells);
    }

    void print(String indent, PrintWriter out) {
        int[] widths = new int[right.length];
        for (String[] row : rows) {
            int aligned = row.length == right.length ? row.length : row.length - 1;
            for (int i = 0; i < aligned; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder(indent);
            for (int i = 0; i < row.length; i++) {
                String blanks = " ".repeat(Math.max(0, widths[i] - row[i].length()));
                line.append(i == 0 ? "" : GAP);
                line.append(
                        right[i] && row.length == right.length ? blanks + row[i] : row[i] + blanks);
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
