package org.shmimtcp.fuzz;

import static org.assertj.core.api.Assertions.assertThatNoException;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What was found once, and mutations without a guide; {@code FuzzIT} has one. */
class FuzzTargetsTest {
    private static final int MUTANTS_OF_EACH = 20;

    @TempDir private Path directory;

    @ParameterizedTest
    @Timeout(60)
    @EnumSource
    void takesEachFindingAndGoodInputsCutAndChanged(Target target) {
        long seed = new SplittableRandom().nextLong();
        SplittableRandom random = new SplittableRandom(seed);
        for (byte[] finding : target.findings()) {
            take(target, finding, "a finding");
        }
        for (byte[] good : target.seeds(directory)) {
            take(target, good, "a good one");
            for (int i = 0; i < MUTANTS_OF_EACH; i++) {
                take(target, mutant(good, random), "seed " + seed);
            }
        }
    }

    private static void take(Target target, byte[] input, String what) {
        assertThatNoException()
                .as("%s, %s: %s", target, what, Arrays.toString(input))
                .isThrownBy(() -> target.take(input));
    }

    private static byte[] mutant(byte[] good, SplittableRandom random) {
        boolean cut = random.nextInt(4) == 0;
        byte[] bytes = Arrays.copyOf(good, cut ? random.nextInt(good.length + 1) : good.length);
        for (int n = random.nextInt(8); n > 0 && bytes.length > 0; n--) {
            int among = random.nextBoolean() ? bytes.length : Math.min(384, bytes.length);
            bytes[random.nextInt(among)] = (byte) random.nextInt();
        }
        return bytes;
    }
}
