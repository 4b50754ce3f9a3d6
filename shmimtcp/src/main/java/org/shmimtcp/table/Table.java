package org.shmimtcp.table;

import java.util.ArrayList;
import java.util.List;

/** A table with aligned columns: words to the left, numbers to the right. */
public final class Table {
    private static final String GAP = "  ";
    private static final int LAST_COLUMN = 12;

    private final List<Boolean> rightAligned = new ArrayList<>();
    private final List<String[]> rows = new ArrayList<>();

    /**
     * @param headings one for each column, or none at all; {@code >SIZE} marks a column of numbers
     */
    public Table(String... headings) {
        String[] first = new String[headings.length];
        for (int i = 0; i < headings.length; i++) {
            boolean right = headings[i].startsWith(">");
            rightAligned.add(right);
            first[i] = right ? headings[i].substring(1) : headings[i];
        }
        if (headings.length > 0) {
            rows.add(first);
        }
    }

    /**
     * Adds a line. Its last cell may have any length, and is not aligned if other lines have more
     * cells.
     */
    public void row(String... cells) {
        rows.add(cells);
    }

    /**
     * Returns this table, reduced to a width by leaving out columns.
     *
     * @param columns width in characters
     * @param dispensable headings of columns that may be left out, in this order, as many as needed
     */
    public Table fitted(int columns, List<String> dispensable) {
        Table table = this;
        for (String heading : dispensable) {
            if (table.width() <= columns) {
                break;
            }
            table = table.without(heading);
        }
        return table;
    }

    /** Returns the width that must be visible; the last column may be cut. */
    private int width() {
        List<Integer> widths = widths();
        int last = widths.size() - 1;
        int sum = last * GAP.length();
        for (int i = 0; i <= last; i++) {
            sum += i == last ? Math.min(widths.get(i), LAST_COLUMN) : widths.get(i);
        }
        return sum;
    }

    private Table without(String heading) {
        int column = List.of(rows.getFirst()).indexOf(heading);
        if (column < 0) {
            throw new IllegalArgumentException(heading);
        }
        Table table = new Table();
        table.rightAligned.addAll(rightAligned);
        table.rightAligned.remove(column);
        for (String[] row : rows) {
            List<String> cells = new ArrayList<>(List.of(row));
            if (column < cells.size() - 1 || cells.size() == rows.getFirst().length) {
                cells.remove(column);
            }
            table.rows.add(cells.toArray(String[]::new));
        }
        return table;
    }

    /** Returns all lines, each followed by a line feed. */
    @Override
    public String toString() {
        List<Integer> widths = widths();
        StringBuilder text = new StringBuilder();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                boolean free = i == row.length - 1 && row.length < widths.size();
                String blanks = free ? "" : " ".repeat(widths.get(i) - row[i].length());
                boolean right = !free && i < rightAligned.size() && rightAligned.get(i);
                line.append(i == 0 ? "" : GAP).append(right ? blanks + row[i] : row[i] + blanks);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private List<Integer> widths() {
        int columns = rows.stream().mapToInt(row -> row.length).max().orElse(0);
        List<Integer> widths = new ArrayList<>();
        for (int i = 0; i < columns; i++) {
            int column = i;
            widths.add(
                    rows.stream()
                            .filter(row -> column < row.length - 1 || row.length == columns)
                            .mapToInt(row -> row[column].length())
                            .max()
                            .orElse(0));
        }
        return widths;
    }
}
