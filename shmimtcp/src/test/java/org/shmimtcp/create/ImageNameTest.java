package org.shmimtcp.create;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.create.ImageName.Presence;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.Shape;
import org.shmimtcp.process.UserError;

class ImageNameTest {
    @ParameterizedTest
    @CsvSource({
        "tui8>x, UINT8",
        "tsi8>x, INT8",
        "tui16>x, UINT16",
        "tsi16>x, INT16",
        "tui32>x, UINT32",
        "tsi32>x, INT32",
        "tui64>x, UINT64",
        "tsi64>x, INT64",
        "tf32>x, FLOAT",
        "tf64>x, DOUBLE",
        "tf16>x, HALF",
        "tc64>x, COMPLEX_FLOAT",
        "tc128>x, COMPLEX_DOUBLE",
        "@S:tui16>x, UINT16",
        "@S:tui16:x, UINT16"
    })
    void typeLettersChooseTheType(String text, DataType type) {
        assertThat(ImageName.parse(text).type()).isEqualTo(type);
        assertThat(ImageName.parse(text).request(Shape.of(5, 4)).spec().type()).isEqualTo(type);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s>tui16>k20>c10>name",
                "c10>k20>tui16>s>name",
                "k20>s>c10>tui16>name",
                "@S:tui16>k20>c10>name",
                "@S:c10:k20:tui16:name",
                "@s:k20>c10:tui16>name",
                "@S:s>k20>k20>c10:tui16>name"
            })
    void prefixesComeInAnyOrder(String text) {
        assertThat(ImageName.parse(text))
                .isEqualTo(new ImageName("name", false, Presence.EITHER, DataType.UINT16, 20, 10));
    }

    @Test
    void whatIsNotSaidIsDefault() {
        ImageName name = ImageName.parse("dm01disp06");
        assertThat(name)
                .isEqualTo(new ImageName("dm01disp06", false, Presence.EITHER, null, null, null));
        var spec = name.request(Shape.of(50, 40)).spec();
        assertThat(spec.type()).isEqualTo(DataType.FLOAT);
        assertThat(spec.shape()).isEqualTo(Shape.of(50, 40));
        assertThat(spec.keywordSlots()).isEqualTo(10);
        assertThat(spec.ringSize()).isZero();
        assertThat(spec.semaphores()).isEqualTo(10);
    }

    @ParameterizedTest
    @CsvSource({"s>x, false", "@S:x, false", "x, false", "@L:x, true", "@NL:tf32>x, true"})
    void localOnlyIfSaid(String text, boolean local) {
        assertThat(ImageName.parse(text).local()).isEqualTo(local);
    }

    @ParameterizedTest
    @CsvSource({
        "x, EITHER",
        "@S:x, EITHER",
        "@E:x, REQUIRED",
        "@SE:x, REQUIRED",
        "@e:tf32>x, REQUIRED",
        "@N:x, FORBIDDEN",
        "@NS:s>x, FORBIDDEN"
    })
    void presenceIsWhatIsSaid(String text, Presence presence) {
        assertThat(ImageName.parse(text).presence()).isEqualTo(presence);
        assertThat(ImageName.parse(text).name()).isEqualTo("x");
    }

    @ParameterizedTest
    @CsvSource({"x, x", "@E:x, x", "@S:x, x", "@SE:x, x", "s>x, s>x", "@x, @x", "@9:x, @9:x"})
    void aNameToReadMayHaveModifiers(String text, String name) {
        assertThat(ImageName.toRead(text, UnaryOperator.identity())).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"@N:x", "@L:x", "@LE:x"})
    void whatIsNotThereCannotBeRead(String text) {
        assertThatThrownBy(() -> ImageName.toRead(text, UnaryOperator.identity()))
                .isInstanceOf(UserError.class)
                .hasMessage("image name '" + text + "': it does not request a stream that exists");
    }

    @Test
    void aColonBelongsToAnOldName() {
        assertThat(ImageName.parse("s>a:b").name()).isEqualTo("a:b");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "q>x | unknown prefix 'q'; known prefixes: s> shared",
                "tf31>x | unknown prefix 'tf31'",
                "f32>x | unknown prefix 'f32'",
                "k>x | unknown prefix 'k'",
                "k-5>x | unknown prefix 'k-5'",
                "k9999999999>x | unknown prefix",
                ">x | unknown prefix ''",
                "S>x | unknown prefix 'S'",
                "@Q:x | unknown modifier 'Q'; known prefixes: s> shared",
                "@SEQ:x | unknown modifier 'Q'",
                "@F:x | to create a stream from a file, use load",
                "@ | no modifiers and colon follow the '@'",
                "@:x | no modifiers and colon follow the '@'",
                "@EN:x | it requests both an existing and a new image",
                "@SL:x | it requests both a local and a shared image",
                "@L:s>x | it requests both a local and a shared image",
                "tf32>tui8>x | it gives two different values for the type",
                "k5>k6>x | it gives two different values for the keywords",
                "c5>c6>x | it gives two different values for the ring"
            })
    void whatIsNotUnderstoodIsRefusedByName(String text, String message) {
        assertThatThrownBy(() -> ImageName.parse(text))
                .isInstanceOf(UserError.class)
                .hasMessageStartingWith("image name '" + text + "': ")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s>", "@S:", "s>../evil", "s>a b", "-x"})
    void aNameThatIsNoneIsRefused(String text) {
        assertThatThrownBy(() -> ImageName.parse(text)).isInstanceOf(ImageException.class);
    }

    @ParameterizedTest
    @MethodSource("prefixes")
    void anyOrderOfAnyPrefixesIsRead(List<String> prefixes) {
        ImageName name = ImageName.parse(String.join("", prefixes) + "name");
        assertThat(name.name()).isEqualTo("name");
        assertThat(name.local()).isFalse();
        assertThat(name.type()).isEqualTo(prefixes.contains("tsi32>") ? DataType.INT32 : null);
        assertThat(name.keywordSlots()).isEqualTo(prefixes.contains("k7>") ? 7 : null);
        assertThat(name.ringSize()).isEqualTo(prefixes.contains("c3>") ? 3 : null);
    }

    /** Returns every order of every subset: 65. */
    static List<List<String>> prefixes() {
        List<List<String>> all = new ArrayList<>();
        all.add(List.of());
        for (int i = 0; i < all.size(); i++) {
            for (String more : List.of("s>", "tsi32>", "k7>", "c3>")) {
                if (!all.get(i).contains(more)) {
                    List<String> longer = new ArrayList<>(all.get(i));
                    longer.add(more);
                    all.add(longer);
                }
            }
        }
        return all;
    }
}
