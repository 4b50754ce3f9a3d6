package org.shmimtcp.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.site.SiteFile;

/** Identifies a version of the site's file. */
record SiteStamp(Path file, @Nullable FileTime changed, long bytes) {
    /** Returns the present version; null if there is no file. */
    static @Nullable SiteStamp take() {
        Optional<Path> file = SiteFile.find(System.getenv());
        if (file.isEmpty()) {
            return null;
        }
        try {
            Path path = file.get();
            return new SiteStamp(path, Files.getLastModifiedTime(path), Files.size(path));
        } catch (IOException gone) {
            return new SiteStamp(file.get(), null, 0);
        }
    }
}
