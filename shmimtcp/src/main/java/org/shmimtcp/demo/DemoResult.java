package org.shmimtcp.demo;

import java.util.ArrayList;
import java.util.List;

/**
 * The demo's account of where each frame that the source wrote has gone.
 *
 * @param written frames that the source wrote
 * @param published frames that the receiver published
 * @param skipped frames that the receiver reports as skipped on the way
 * @param seen frames that the check read from the copy
 * @param missed frames of the copy that the check was too slow to read
 * @param faults torn, reordered or repeated frames
 * @param sameAtEnd true if the copy's final pixels equal the source's
 */
record DemoResult(
        long written,
        long published,
        long skipped,
        long seen,
        long missed,
        long faults,
        boolean sameAtEnd) {

    /** Lists what does not add up; empty if all is well. */
    List<String> complaints() {
        List<String> complaints = new ArrayList<>();
        if (written == 0 || seen == 0) {
            complaints.add("no frame arrived");
        }
        if (faults > 0) {
            complaints.add(faults + " frames were torn, reordered or repeated");
        }
        if (published + skipped != written) {
            complaints.add(
                    "of "
                            + written
                            + " frames written, "
                            + published
                            + " were published and "
                            + skipped
                            + " counted as skipped");
        }
        if (seen + missed != published) {
            complaints.add(
                    "of "
                            + published
                            + " frames published, "
                            + seen
                            + " were seen and "
                            + missed
                            + " missed by the check");
        }
        if (!sameAtEnd) {
            complaints.add("at the end the copy differs from the source");
        }
        return complaints;
    }
}
