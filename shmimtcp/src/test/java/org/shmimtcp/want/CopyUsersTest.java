package org.shmimtcp.want;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.receive.Demand;
import org.shmimtcp.status.ImageMappings;
import org.shmimtcp.testing.Await;

/** This process plays both the receiver of a copy and the programs that use it. */
class CopyUsersTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final long UNUSED_NS = 100_000_000;
    private static final int INIT = 1;

    private final ImageDirectory directory;
    private CopyUsers users = new CopyUsers(UNUSED_NS, ImageMappings::new);

    CopyUsersTest(@TempDir Path dir) {
        this.directory = new ImageDirectory(dir);
    }

    @AfterEach
    void end() {
        users.close();
    }

    private Image create() {
        return Image.create(directory, ImageSpec.of("cam", DataType.UINT16, Shape.of(7, 5)));
    }

    private Demand unused() {
        Demand demand = users.observe(directory, "cam");
        assertThat(demand.isThere()).as("at first").isTrue();
        Await.until(DEADLINE, "nobody to use it", () -> !demand.isThere());
        return demand;
    }

    private static void awaitUse(Demand demand) {
        Await.until(DEADLINE, "a use", demand::isThere);
    }

    @Test
    void aCopyIsInUseWhileSomebodyHasItMapped() {
        create().close();
        Demand demand = unused();
        for (int times = 0; times < 3; times++) {
            try (Image _ = Image.open(directory, "cam")) {
                awaitUse(demand);
            }
            Await.until(DEADLINE, "nobody to use it", () -> !demand.isThere());
        }
    }

    @Test
    void aLookIsNoUse() {
        create().close();
        Demand demand = unused();
        try (Image looked = Image.openToLook(directory, "cam")) {
            demand.await(Duration.ofSeconds(2).toNanos()); // longer than all looks at its users
            assertThat(demand.isThere()).isFalse();
            assertThat(looked.cnt0()).isZero();
        }
    }

    @Test
    void itsReceiverIsNoUserButWhoeverSendsItOnIsOne() {
        try (Image _ = create()) {
            Demand demand = users.observe(directory, "cam");
            demand.mapped(true);
            Await.until(DEADLINE, "nobody to use it", () -> !demand.isThere());
            try (Image _ = Image.open(directory, "cam")) {
                awaitUse(demand);
            }
        }
    }

    @Test
    void aCopyThatIsRemovedOrReplacedIsWantedAgain() throws IOException {
        create().close();
        Demand demand = unused();
        Files.delete(directory.file("cam"));
        awaitUse(demand);
        create().close();
        Await.until(DEADLINE, "nobody to use it", () -> !demand.isThere());
        Image.replace(directory, ImageSpec.of("cam", DataType.UINT16, Shape.of(9, 9))).close();
        awaitUse(demand);
    }

    @Test
    void aRequestWakesWhoeverWaits() {
        create().close();
        Demand demand = unused();
        demand.wake();
        demand.await(DEADLINE.toNanos()); // returns at once
        assertThat(demand.isThere()).isFalse();
        demand.renew();
        assertThat(demand.isThere()).isTrue();
        Await.until(DEADLINE, "nobody to use it", () -> !demand.isThere());
    }

    /** Without permission to see who has it mapped, frames must not stop under a user. */
    @Test
    void whoHidesIsTakenForAUserThatStays() throws IOException {
        users.close();
        users =
                new CopyUsers(
                        UNUSED_NS, () -> new ImageMappings(pid -> pid == INIT ? null : Map.of()));
        create().close();
        Demand demand = unused();
        FileChannel.open(directory.file("cam")).close();
        awaitUse(demand);
    }
}
