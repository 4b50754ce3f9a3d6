package org.shmimtcp.create;

import java.nio.charset.StandardCharsets;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.process.UserError;

/** Fuzz target for typed image names, for {@code org.shmimtcp.fuzz}. */
public final class ImageNameFuzz {
    private ImageNameFuzz() {}

    public static void fuzzerTestOneInput(byte[] data) {
        try {
            String name = ImageName.parse(new String(data, StandardCharsets.UTF_8)).name();
            if (name.isEmpty() || name.startsWith(".") || name.contains("/")) {
                throw new IllegalStateException("took '" + name + "' for a stream's name");
            }
        } catch (UserError | ImageException refused) {
            // the exceptions allowed
        }
    }
}
