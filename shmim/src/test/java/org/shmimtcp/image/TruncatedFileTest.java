package org.shmimtcp.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.shmimtcp.testing.ShmDir;

/**
 * Every public method that works on an image, called after another process truncated its file: it
 * throws {@link ImageException.Truncated}, or does without the memory. A method that is added is
 * missing here until it has a line of its own.
 */
class TruncatedFileTest {
    private static final List<Class<?>> CLASSES =
            List.of(
                    Image.class,
                    Keywords.class,
                    ImageTables.class,
                    FrameReader.class,
                    FrameWriter.class,
                    KeywordTracker.class,
                    GuestKeyword.class,
                    StreamAge.class);

    /** What a method may do once the memory is gone. */
    private enum Outcome {
        TOLD,
        QUIET
    }

    private interface Call {
        void on(Opened opened);
    }

    private record Case(Outcome outcome, Call call) {}

    /** An image and everything that a user can have made of it before the file was truncated. */
    private record Opened(
            Image image,
            Keywords keywords,
            ImageTables tables,
            FrameReader reader,
            FrameWriter writer,
            KeywordTracker tracker,
            GuestKeyword guest,
            StreamAge age,
            MemorySegment frame,
            MemorySegment slots)
            implements AutoCloseable {

        static Opened in(ImageDirectory directory) {
            ImageSpec spec =
                    ImageSpec.of("x", DataType.UINT16, Shape.of(16, 8, 4))
                            .withImageType(ImageType.CIRCULAR_TEMPORAL)
                            .withRing(2);
            Image image = Image.replace(directory, spec);
            FrameReader reader = image.newReader();
            FrameWriter writer = image.newWriter();
            MemorySegment frame = Arena.ofAuto().allocate(spec.pixelBytes(), 8);
            writer.publish(0, frame);
            KeywordTracker tracker = new KeywordTracker(image, Arena.ofAuto());
            assertThat(tracker.scan()).isPositive();
            return new Opened(
                    image,
                    image.keywords(),
                    image.tables(),
                    reader,
                    writer,
                    tracker,
                    GuestKeyword.ofLong("GUEST", ""),
                    new StreamAge(image),
                    frame,
                    reader.newKeywordBuffer());
        }

        @Override
        public void close() {
            reader.close();
            image.close();
        }
    }

    private static final Map<String, Case> CASES = new TreeMap<>();

    private static void told(String method, Call call) {
        CASES.put(method, new Case(Outcome.TOLD, call));
    }

    private static void quiet(String method, Call call) {
        CASES.put(method, new Case(Outcome.QUIET, call));
    }

    static {
        image();
        keywords();
        reader();
        writer();
        helpers();
    }

    private static void image() {
        quiet(
                "Image.close()",
                o -> {
                    o.reader.close();
                    o.image.close();
                });
        told("Image.acquired()", o -> o.image.acquired());
        told("Image.cnt0()", o -> o.image.cnt0());
        told("Image.cnt1()", o -> o.image.cnt1());
        told("Image.cnt2()", o -> o.image.cnt2());
        told("Image.created()", o -> o.image.created());
        quiet("Image.file()", o -> o.image.file());
        told("Image.head()", o -> o.image.head());
        quiet("Image.isSameAs(Image)", o -> o.image.isSameAs(o.image));
        quiet("Image.isReplaced()", o -> o.image.isReplaced());
        quiet("Image.isWritable()", o -> o.image.isWritable());
        quiet("Image.isWriterStalled()", o -> o.image.isWriterStalled());
        told("Image.isWriting()", o -> o.image.isWriting());
        quiet("Image.keywords()", o -> o.image.keywords());
        told("Image.lastAccessed()", o -> o.image.lastAccessed());
        quiet("Image.layout()", o -> o.image.layout());
        told("Image.logSemaphoreValue()", o -> o.image.logSemaphoreValue());
        quiet("Image.memory()", o -> o.image.memory());
        quiet("Image.name()", o -> o.image.name());
        told("Image.newPollingReader()", o -> o.image.newPollingReader());
        told("Image.newReader()", o -> o.image.newReader());
        quiet("Image.newWriter()", o -> o.image.newWriter());
        quiet("Image.pixels()", o -> o.image.pixels());
        told("Image.readerPid(int)", o -> o.image.readerPid(1));
        told("Image.semaphoreValue(int)", o -> o.image.semaphoreValue(1));
        quiet("Image.spec()", o -> o.image.spec());
        quiet("Image.tables()", o -> o.image.tables());
        quiet("Image.toString()", o -> assertThat(o.image.toString()).isNotEmpty());
        told("Image.writerPid()", o -> o.image.writerPid());
        told("Image.writerPid(int)", o -> o.image.writerPid(1));
        told("Image.written()", o -> o.image.written());
    }

    private static void keywords() {
        List<Keyword> two = List.of(new Keyword("A", 1L, 0, ""), new Keyword("B", "b", 0, ""));
        told("Keywords.all()", o -> o.keywords.all());
        told("Keywords.get(int)", o -> o.keywords.get(0));
        told("Keywords.getLong(int)", o -> o.keywords.getLong(0));
        told("Keywords.put(String,Object,String)", o -> o.keywords.put("A", 1.5, ""));
        told("Keywords.putAll(List)", o -> o.keywords.putAll(two));
        told("Keywords.setDouble(int,double)", o -> o.keywords.setDouble(0, 1.5));
        told("Keywords.setLong(int,long)", o -> o.keywords.setLong(0, 1));
        quiet("Keywords.slots()", o -> o.keywords.slots());
        told("ImageTables.processTraces()", o -> o.tables.processTraces());
        told("ImageTables.ring()", o -> o.tables.ring());
        told("ImageTables.slices()", o -> o.tables.slices());
    }

    private static void reader() {
        FrameReader.Copier none = (cnt0, slice, offset, isNewest) -> {};
        told("FrameReader.awaitNext(long)", o -> o.reader.awaitNext(1_000_000_000L));
        quiet("FrameReader.close()", o -> o.reader.close());
        quiet("FrameReader.cnt0()", o -> o.reader.cnt0());
        quiet("FrameReader.frames()", o -> o.reader.frames());
        told("FrameReader.hasFrame()", o -> o.reader.hasFrame());
        quiet("FrameReader.newBuffer()", o -> o.reader.newBuffer());
        quiet("FrameReader.newKeywordBuffer()", o -> o.reader.newKeywordBuffer());
        told("FrameReader.pollNext()", o -> o.reader.pollNext());
        told("FrameReader.readNewest(Copier)", o -> o.reader.readNewest(none));
        told("FrameReader.readNewest(MemorySegment)", o -> o.reader.readNewest(o.frame));
        told(
                "FrameReader.readNewest(MemorySegment,long,MemorySegment,long)",
                o -> o.reader.readNewest(o.frame, 0, o.slots, 0));
        told("FrameReader.readNewestSlice(Copier)", o -> o.reader.readNewestSlice(none));
        told("FrameReader.readNext(Copier)", o -> o.reader.readNext(none));
        told(
                "FrameReader.readNext(MemorySegment,long,MemorySegment,long)",
                o -> o.reader.readNext(o.frame, 0, null, 0));
        told("FrameReader.readSlice(int,MemorySegment)", o -> o.reader.readSlice(1, o.frame));
        told("FrameReader.resumeAfter(long)", o -> o.reader.resumeAfter(1));
        told("FrameReader.resync()", o -> o.reader.resync());
        quiet("FrameReader.semaphore()", o -> o.reader.semaphore());
        quiet("FrameReader.skipped()", o -> o.reader.skipped());
        quiet("FrameReader.slice()", o -> o.reader.slice());
    }

    private static void writer() {
        told("FrameWriter.abort()", o -> o.writer.abort());
        told("FrameWriter.begin()", o -> o.writer.begin());
        told("FrameWriter.commit(int)", o -> o.writer.commit(0));
        told(
                "FrameWriter.commit(int,Origin,boolean)",
                o -> o.writer.commit(0, new FrameWriter.Origin(), true));
        told("FrameWriter.commit(int,long,long)", o -> o.writer.commit(0, 1, 1));
        told("FrameWriter.foreignFrames()", o -> o.writer.foreignFrames());
        told(
                "FrameWriter.holds(int,MemorySegment,long,int,long)",
                o -> o.writer.holds(0, o.frame, 0, 1, 0));
        told("FrameWriter.holdsImage(MemorySegment,long)", o -> o.writer.holdsImage(o.frame, 0));
        told("FrameWriter.isNewest(long,long,long)", o -> o.writer.isNewest(1, 1, 1));
        told("FrameWriter.publish(int,MemorySegment)", o -> o.writer.publish(1, o.frame));
        told("FrameWriter.writeImage(MemorySegment,long)", o -> o.writer.writeImage(o.frame, 0));
        told(
                "FrameWriter.writeKeyword(int,MemorySegment,long)",
                o -> o.writer.writeKeyword(1, o.slots, 0));
        told(
                "FrameWriter.writeKeywords(int,MemorySegment,long)",
                o -> o.writer.writeKeywords(2, o.slots, 0));
        told(
                "FrameWriter.writeSlice(int,MemorySegment,long)",
                o -> o.writer.writeSlice(1, o.frame, 0));
        told("FrameWriter.zero()", o -> o.writer.zero());
    }

    private static void helpers() {
        quiet(
                "KeywordTracker.accept(MemorySegment,long,long)",
                o -> o.tracker.accept(o.slots, 0, 128));
        told("KeywordTracker.copy(int,MemorySegment,long)", o -> o.tracker.copy(0, o.slots, 0));
        quiet(
                "KeywordTracker.copyAccepted(int,MemorySegment,long)",
                o -> o.tracker.copyAccepted(0, o.slots, 0));
        quiet("KeywordTracker.forget()", o -> o.tracker.forget());
        quiet("KeywordTracker.isAtStart()", o -> o.tracker.isAtStart());
        told("KeywordTracker.scan()", o -> o.tracker.scan());
        quiet("KeywordTracker.slot(int)", o -> o.tracker.slot(0));
        quiet("GuestKeyword.set(String)", o -> o.guest.set("x"));
        quiet("GuestKeyword.set(long)", o -> o.guest.set(1));
        told("GuestKeyword.write(Image,int)", o -> o.guest.write(o.image, 0));
        quiet("StreamAge.changed(long)", o -> o.age.changed(1));
        told("StreamAge.ns(long)", o -> o.age.ns(1));
        told(
                "PixelReader.read(DataType,MemorySegment,long,double[],int)",
                o -> PixelReader.read(DataType.UINT16, o.image.pixels(), 0, new double[64], 64));
    }

    @Test
    void noPublicMethodIsForgotten() {
        Stream<Method> onImages =
                CLASSES.stream()
                        .flatMap(c -> Arrays.stream(c.getDeclaredMethods()))
                        .filter(m -> !Modifier.isStatic(m.getModifiers()));
        Stream<Method> pixels = Arrays.stream(PixelReader.class.getDeclaredMethods());
        assertThat(
                        Stream.concat(onImages, pixels)
                                .filter(m ->
                                        Modifier.isPublic(m.getModifiers()) && !m.isSynthetic())
                                .map(TruncatedFileTest::signature))
                .containsExactlyInAnyOrderElementsOf(CASES.keySet());
    }

    private static String signature(Method method) {
        return Arrays.stream(method.getParameterTypes())
                .map(Class::getSimpleName)
                .collect(
                        Collectors.joining(
                                ",",
                                method.getDeclaringClass().getSimpleName()
                                        + "."
                                        + method.getName()
                                        + "(",
                                ")"));
    }

    @TestFactory
    Stream<DynamicTest> noInternalErrorReachesTheCaller(@ShmDir Path path) {
        ImageDirectory directory = new ImageDirectory(path);
        return CASES.entrySet().stream()
                .map(entry ->
                        DynamicTest.dynamicTest(
                                entry.getKey(), () -> check(directory, entry.getValue())));
    }

    private static void check(ImageDirectory directory, Case tried) throws IOException {
        try (Opened opened = Opened.in(directory)) {
            try (FileChannel file =
                    FileChannel.open(opened.image.file(), StandardOpenOption.WRITE)) {
                file.truncate(0);
            }
            assertThat(outcome(opened, tried.call)).isEqualTo(tried.outcome);
        }
    }

    private static Outcome outcome(Opened opened, Call call) {
        try {
            call.on(opened);
            LostMemory.check(); // an error that comes late, after the method returned
            return Outcome.QUIET;
        } catch (ImageException.Truncated told) {
            return Outcome.TOLD;
        }
    }
}
