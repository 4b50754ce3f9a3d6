package org.shmimtcp.subscribe;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.StreamName;

/**
 * A stream of a server and its copy here, written {@code NAME[/LOCAL]}.
 *
 * @param name name of the stream at the server
 * @param local its name here
 */
public record NamedCopy(String name, String local) {
    /**
     * Parses a list.
     *
     * @throws IllegalArgumentException if a name is impossible, or a copy is named twice
     */
    public static List<NamedCopy> parse(List<String> texts) {
        List<NamedCopy> all = new ArrayList<>();
        Set<String> locals = new HashSet<>();
        for (String text : texts) {
            int slash = text.indexOf('/');
            String name = checked(slash < 0 ? text : text.substring(0, slash));
            String local = slash < 0 ? name : checked(text.substring(slash + 1));
            if (!locals.add(local)) {
                throw new IllegalArgumentException(
                        "two streams would be '" + local + "' here: name one NAME/LOCAL");
            }
            all.add(new NamedCopy(name, local));
        }
        return all;
    }

    private static String checked(String name) {
        if (name.contains("*") || name.contains("?")) {
            throw new IllegalArgumentException(
                    "'" + name + "' is a pattern: a subscription names each stream");
        }
        try {
            return StreamName.check(name);
        } catch (ImageException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }
}
