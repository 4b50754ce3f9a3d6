package org.shmimtcp.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.shmimtcp.testing.ShmDir;

/**
 * A guest takes free slots from the end of the table, and never a slot that another writer uses.
 */
class GuestKeywordTest {
    private final Image image;
    private final Keywords keywords;

    GuestKeywordTest(@ShmDir Path path) {
        image =
                Image.create(
                        new ImageDirectory(path),
                        ImageSpec.of("a", DataType.FLOAT, Shape.of(2, 2)).withKeywords(4));
        keywords = image.keywords();
    }

    @AfterEach
    void close() {
        image.close();
    }

    private static GuestKeyword guest(String name, long value) {
        GuestKeyword guest = GuestKeyword.ofLong(name, "a guest");
        guest.set(value);
        return guest;
    }

    private Object value(int slot) {
        return keywords.get(slot).orElseThrow().value();
    }

    @Test
    void takesTheLastFreeSlotAndStaysThere() {
        keywords.put("OWNER", 1L, "");
        GuestKeyword one = guest("ONE", 11);
        GuestKeyword two = GuestKeyword.ofText("TWO", "another");
        two.set("twenty-two and too long");
        assertThat(one.write(image, 0)).isTrue();
        assertThat(two.write(image, 0)).isTrue();
        one.set(12);
        assertThat(one.write(image, 0)).isTrue();
        assertThat(value(3)).isEqualTo(12L);
        assertThat(value(2)).isEqualTo("twenty-two and t");
        assertThat(keywords.get(1)).isEmpty();
        assertThat(keywords.get(3).orElseThrow().name()).isEqualTo("ONE");
        assertThat(keywords.get(3).orElseThrow().comment()).isEqualTo("a guest");
        assertThat(keywords.get(3).orElseThrow().counter()).isEqualTo(2);
    }

    @Test
    void movesWhenTheOwnerWantsItsSlotAndGivesUpWhenAllAreTaken() {
        GuestKeyword guest = guest("GUEST", 1);
        guest.write(image, 0);
        for (int taken = 3; taken > 0; taken--) {
            overwrite(taken);
            guest.set(100L + taken);
            assertThat(guest.write(image, 0)).isTrue();
            assertThat(value(taken)).isEqualTo((long) taken);
            assertThat(value(taken - 1)).isEqualTo(100L + taken);
        }
        overwrite(0);
        assertThat(guest.write(image, 0)).isFalse();
        assertThat(keywords.all()).extracting(Keyword::value).containsExactly(0L, 1L, 2L, 3L);
    }

    /** Overwrites the whole slot at once, as the owner does. */
    private void overwrite(int slot) {
        long at = image.layout().keywordsOffset() + (long) slot * KeywordLayout.BYTES;
        java.lang.foreign.MemorySegment memory =
                image.memory().asSlice(at, KeywordLayout.BYTES).fill((byte) 0);
        memory.set(java.lang.foreign.ValueLayout.JAVA_BYTE, KeywordLayout.NAME, (byte) 'K');
        memory.set(java.lang.foreign.ValueLayout.JAVA_BYTE, KeywordLayout.TYPE, (byte) 'L');
        memory.set(java.lang.foreign.ValueLayout.JAVA_LONG, KeywordLayout.VALUE, slot);
    }

    /** A change of its value is enough to make a slot another writer's. */
    @Test
    void aSlotThatAnotherHasWrittenIsAnothers() {
        GuestKeyword guest = guest("GUEST", 1);
        guest.write(image, 0);
        overwrite(3);
        guest.write(image, 0);
        guest.set(2);
        guest.write(image, 0);
        assertThat(value(3)).isEqualTo(3L);
        assertThat(value(2)).isEqualTo(2L);
        assertThat(keywords.all()).hasSize(2);
    }

    @Test
    void findsItsOldSlotAgain() {
        guest("GUEST", 1).write(image, 0);
        guest("OTHER", 1).write(image, 0);
        guest("GUEST", 2).write(image, 0);
        assertThat(value(3)).isEqualTo(2L);
        assertThat(keywords.all()).hasSize(2);
    }

    @Test
    void leavesTheOwnersSlotsAloneEvenWhereTheyAreFree() {
        GuestKeyword guest = guest("GUEST", 1);
        assertThat(guest.write(image, 4)).isFalse();
        assertThat(keywords.all()).isEmpty();
        assertThat(guest.write(image, 3)).isTrue();
        assertThat(value(3)).isEqualTo(1L);
    }
}
