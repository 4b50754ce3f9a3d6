package org.shmimtcp.wire;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Shape;

/** A fuzz target for both ends of the port of an offer, for {@code org.shmimtcp.fuzz}. */
public final class CatalogueFuzz {
    private static final int MOST_BYTES = 1 << 16;
    private static final int BODY = Message.HEADER_BYTES;

    private CatalogueFuzz() {}

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new IllegalStateException(what);
        }
    }

    private static MemorySegment nativeMemory(byte[] bytes) {
        MemorySegment memory = Arena.ofAuto().allocate(bytes.length, 8);
        MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, 0, bytes.length);
        return memory;
    }

    public static void fuzzerTestOneInput(byte[] data) {
        if (data.length < BODY || data.length > MOST_BYTES) {
            return;
        }
        MemorySegment message = nativeMemory(data.clone());
        try {
            long bytes = Message.bytes(message, 0, CatalogueMessage.MAX_BYTES);
            if (bytes <= data.length) {
                CatalogueMessage.checkAsk(message, bytes);
            }
        } catch (WireException refused) {
            // what follows has a good header
        }
        int bytes = BODY + (data.length - BODY & -8);
        if (bytes >= BODY + Integer.BYTES && bytes <= Message.MAX_SMALL_BYTES) {
            parseRequest(Arrays.copyOf(data, bytes));
            parseAnswer(Arrays.copyOf(data, bytes));
        }
        if (bytes >= LinksMessage.bytes(0)) {
            parseLinks(Arrays.copyOf(data, bytes));
        }
        if (bytes >= CatalogueMessage.bytes(0)) {
            parseCatalogue(Arrays.copyOf(data, bytes));
        }
    }

    /** Makes good what no fuzzer guesses: header and checksum. */
    private static MemorySegment repaired(byte[] message, int type) {
        int bytes = message.length;
        MemorySegment whole = nativeMemory(message);
        Message.header(whole, 0, type, bytes - BODY);
        CRC32C sum = new CRC32C();
        sum.update(whole.asSlice(BODY, bytes - BODY - Integer.BYTES).toArray(JAVA_BYTE));
        whole.set(JAVA_INT_UNALIGNED, bytes - Integer.BYTES, (int) sum.getValue());
        return whole;
    }

    private static void parseLinks(byte[] message) {
        try {
            LinksMessage.Links links =
                    LinksMessage.parse(repaired(message, Message.LINKS), message.length);
            require(links.json().length() <= message.length, "more text than came");
        } catch (WireException refused) {
            // as it should be
        }
    }

    private static void parseCatalogue(byte[] message) {
        int bytes = message.length;
        MemorySegment whole = repaired(message, Message.CATALOGUE);
        Catalogue catalogue;
        try {
            catalogue = CatalogueMessage.parse(whole, bytes);
        } catch (WireException refused) {
            return;
        }
        require(catalogue.streams().size() <= CatalogueMessage.MAX_ENTRIES, "too many");
        require(catalogue.offered() >= catalogue.streams().size(), "fewer offered than listed");
        for (Catalogue.Stream stream : catalogue.streams()) {
            require(!stream.name().isEmpty() && !stream.name().contains("/"), stream.name());
            require(!(stream.rateHz() < 0) && stream.ageNs() >= -1, stream.toString());
        }
        MemorySegment again = nativeMemory(new byte[bytes]);
        require(CatalogueMessage.put(again, catalogue) == bytes, "another length");
        require(CatalogueMessage.parse(again, bytes).equals(catalogue), "not the same again");
    }

    private static void parseRequest(byte[] data) {
        try {
            MemorySegment message = repaired(data, Message.SUBSCRIBE);
            SubscribeMessage.Request request = SubscribeMessage.parse(message, data.length);
            MemorySegment again = nativeMemory(new byte[Message.MAX_SMALL_BYTES]);
            long length = SubscribeMessage.put(again, request);
            require(SubscribeMessage.parse(again, length).equals(request), "not the same again");
        } catch (WireException refused) {
            // as it should be
        }
    }

    private static void parseAnswer(byte[] data) {
        try {
            MemorySegment message = repaired(data, Message.SUBSCRIBED);
            List<Long> ids = SubscribeMessage.parseAnswer(message, data.length);
            MemorySegment again = nativeMemory(new byte[Message.MAX_SMALL_BYTES]);
            long length = SubscribeMessage.putAnswer(again, ids);
            require(SubscribeMessage.parseAnswer(again, length).equals(ids), "not the same again");
        } catch (WireException refused) {
            // as it should be
        }
    }

    /** Good inputs. */
    public static List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        MemorySegment memory = nativeMemory(new byte[MOST_BYTES]);
        seeds.add(memory.asSlice(0, CatalogueMessage.ask(memory)).toArray(JAVA_BYTE));
        seeds.add(memory.asSlice(0, LinksMessage.ask(memory)).toArray(JAVA_BYTE));
        byte[] json = "[{\"kind\":\"rx\"}]".getBytes(StandardCharsets.UTF_8);
        long length = LinksMessage.put(memory, "rtc", 1_700_000_000_000L, json);
        seeds.add(memory.asSlice(0, length).toArray(JAVA_BYTE));
        Catalogue.Stream cube =
                new Catalogue.Stream(
                        "camwfs",
                        new Catalogue.Form(DataType.UINT16, Shape.of(7, 5, 3), true, 50, 16),
                        4711,
                        new Catalogue.Identity(77, Instant.ofEpochSecond(1_700_000_000, 5)),
                        1000.5,
                        1_000_000);
        for (List<Catalogue.Stream> streams :
                List.of(
                        List.<Catalogue.Stream>of(),
                        List.of(cube),
                        List.of(Catalogue.Stream.unusable("a"), cube, cube))) {
            Catalogue catalogue = new Catalogue(3, streams.size() + 1, 17, "rtc", streams);
            seeds.add(
                    memory.asSlice(0, CatalogueMessage.put(memory, catalogue)).toArray(JAVA_BYTE));
        }
        var request = new SubscribeMessage.Request("camwfs", true, true, 10, List.of(1L, -2L));
        seeds.add(memory.asSlice(0, SubscribeMessage.put(memory, request)).toArray(JAVA_BYTE));
        long answer = SubscribeMessage.putAnswer(memory, List.of(3L));
        seeds.add(memory.asSlice(0, answer).toArray(JAVA_BYTE));
        return seeds;
    }
}
