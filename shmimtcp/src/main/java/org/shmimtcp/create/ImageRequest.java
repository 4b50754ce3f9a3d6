package org.shmimtcp.create;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.ImageType;
import org.shmimtcp.image.Shape;

/**
 * Image properties requested on the command line. A null property means the default when the image
 * is created, and "any" when it already exists.
 *
 * @param imageType bits of {@link ImageType}
 */
public record ImageRequest(
        String name,
        DataType type,
        Shape shape,
        @Nullable Integer keywordSlots,
        @Nullable Integer ringSize,
        @Nullable Integer semaphores,
        @Nullable Long imageType) {

    /** Returns the description of a new image. */
    public ImageSpec spec() {
        ImageSpec spec = ImageSpec.of(name, type, shape);
        spec = keywordSlots == null ? spec : spec.withKeywords(keywordSlots);
        spec = ringSize == null ? spec : spec.withRing(ringSize);
        spec = semaphores == null ? spec : spec.withSemaphores(semaphores);
        return imageType == null ? spec : spec.withImageType(imageType);
    }

    /** True if frames of this size and type fit into an existing image. */
    public boolean fits(ImageSpec there) {
        return there.holds(spec());
    }

    /**
     * Returns the other differences from an existing image, for example {@code 10 keywords, not
     * 20}; empty if there are none.
     */
    public List<String> differences(ImageSpec there) {
        List<String> all = new ArrayList<>();
        compare(all, there.keywordSlots(), keywordSlots, "keywords");
        compare(all, there.ringSize(), ringSize, "frames in its ring");
        compare(all, there.semaphores(), semaphores, "semaphores");
        if (imageType != null && there.imageType() != imageType) {
            all.add(
                    "type bits "
                            + ImageType.describe(there.imageType())
                            + ", not "
                            + ImageType.describe(imageType));
        }
        return all;
    }

    private static void compare(
            List<String> all, int there, @Nullable Integer wanted, String what) {
        if (wanted != null && there != wanted) {
            all.add(there + " " + what + ", not " + wanted);
        }
    }
}
