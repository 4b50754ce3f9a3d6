package org.shmimtcp.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A FITS file, written and read according to the standard, without code of the product: cards of 80
 * characters, blocks of 2880 bytes, big-endian numbers.
 *
 * @param cards of the header, by keyword; values unquoted
 * @param data the data without the padding of the last block
 */
public record PlainFits(Map<String, String> cards, ByteBuffer data) {
    private static final int BLOCK = 2880;

    /** Returns the parts of a file in order. A truncated part has the data that exists. */
    public static List<PlainFits> read(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        List<PlainFits> parts = new ArrayList<>();
        int at = 0;
        while (at < bytes.length) {
            Map<String, String> cards = new LinkedHashMap<>();
            for (boolean end = false; !end; at += 80) {
                String card = new String(bytes, at, 80, StandardCharsets.US_ASCII);
                end = card.startsWith("END     ");
                if (card.startsWith("= ", 8)) {
                    String value = card.substring(10).split("/", 2)[0].strip();
                    cards.put(card.substring(0, 8).strip(), value.replaceAll("^' *|[' ]*$", ""));
                }
            }
            at = (at + BLOCK - 1) / BLOCK * BLOCK;
            int size = (int) dataBytes(cards);
            int there = Math.min(size, bytes.length - at);
            parts.add(
                    new PlainFits(
                            cards, ByteBuffer.wrap(Arrays.copyOfRange(bytes, at, at + there))));
            at += (size + BLOCK - 1) / BLOCK * BLOCK;
        }
        return parts;
    }

    private static long dataBytes(Map<String, String> cards) {
        int axes = Integer.parseInt(cards.get("NAXIS"));
        long bytes = axes == 0 ? 0 : Math.abs(Long.parseLong(cards.get("BITPIX"))) / 8;
        for (int i = 1; i <= axes; i++) {
            bytes *= Long.parseLong(cards.get("NAXIS" + i));
        }
        return bytes;
    }

    /** Returns a part of a file: the given cards, END, and data, both padded to whole blocks. */
    public static byte[] part(List<String> cards, byte[] data) {
        StringBuilder header = new StringBuilder();
        cards.forEach(card -> header.append("%-80s".formatted(card)));
        header.append("%-80s".formatted("END"));
        header.append(" ".repeat(Math.floorMod(-header.length(), BLOCK)));
        int length = header.length() + data.length;
        byte[] part =
                Arrays.copyOf(
                        header.toString().getBytes(StandardCharsets.ISO_8859_1),
                        length + Math.floorMod(-length, BLOCK));
        System.arraycopy(data, 0, part, header.length(), data.length);
        return part;
    }
}
