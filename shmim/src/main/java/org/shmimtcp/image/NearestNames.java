package org.shmimtcp.image;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Suggests names for a mistyped one. */
public final class NearestNames {
    private NearestNames() {}

    /**
     * Sorts names by similarity.
     *
     * @param mistyped what an operator typed
     * @param names the names that exist
     * @return all of them, by Levenshtein distance to the mistyped one, then alphabetically
     */
    public static List<String> of(String mistyped, Collection<String> names) {
        return names.stream()
                .sorted(
                        Comparator.comparingInt((String name) -> editDistance(mistyped, name))
                                .thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    /** The Levenshtein distance. */
    private static int editDistance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(diagonal, row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
