package org.shmimtcp.cli;

import java.io.PrintWriter;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.List;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageLayout;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.ImageTables.ProcessTrace;
import org.shmimtcp.image.ImageTables.RingStamp;
import org.shmimtcp.image.ImageTables.SliceStamp;
import org.shmimtcp.image.ImageType;
import org.shmimtcp.image.Keyword;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.status.ProcessName;
import org.shmimtcp.table.ImageTime;
import org.shmimtcp.table.Table;

/** Prints the contents of an image's file, except for pixels, for people. */
final class ImageReport {
    private static final String INDENT = "  ";

    private final ImageDirectory directory;
    private final Image image;
    private final ImageSpec spec;
    private final MemorySegment head;
    private final PrintWriter out;

    ImageReport(ImageDirectory directory, Image image, PrintWriter out) {
        this.directory = directory;
        this.image = image;
        this.spec = image.spec();
        this.head = image.head();
        this.out = out;
    }

    void print() {
        out.println(ListCommand.shownName(directory, image.name()) + "  " + spec.describe());
        printHead();
        printKeywords();
        printSemaphores();
        printTraces();
        printSlices();
        printRing();
        printParts();
    }

    private void printHead() {
        ImageLayout layout = image.layout();
        field(
                "file",
                image.file()
                        + ", "
                        + layout.fileBytes()
                        + " bytes, inode "
                        + MetadataLayout.inode(head));
        field("name inside", StreamName.printable(MetadataLayout.name(head)));
        field("version", MetadataLayout.version(head));
        field(
                "pixels",
                MetadataLayout.nelement(head)
                        + " "
                        + spec.type()
                        + ", "
                        + spec.pixelBytes()
                        + " bytes, "
                        + spec.shape().naxis()
                        + " axes");
        field(
                "imagetype",
                String.format("0x%x: %s", spec.imageType(), ImageType.describe(spec.imageType())));
        field("created", time(image.created()));
        field("last access", time(image.lastAccessed()));
        field("acquired", time(image.acquired()));
        field("written", time(image.written()));
        field("creator", ProcessName.describe(MetadataLayout.creatorPid(head)));
        field("owner", ProcessName.describe(MetadataLayout.ownerPid(head)));
        field(
                "counters",
                "cnt0 " + image.cnt0() + ", cnt1 " + image.cnt1() + ", cnt2 " + image.cnt2());
        field("being written", image.isWriting() ? "yes" : "no");
        field(
                "flags",
                "shared "
                        + MetadataLayout.shared(head)
                        + ", location "
                        + MetadataLayout.location(head)
                        + ", status "
                        + MetadataLayout.status(head)
                        + ", flag "
                        + MetadataLayout.flag(head)
                        + ", logflag "
                        + MetadataLayout.logflag(head));
    }

    private void printKeywords() {
        List<Keyword> keywords = image.keywords().all();
        heading("keywords", keywords.size() + " of " + spec.keywordSlots() + " in use");
        if (keywords.isEmpty()) {
            return;
        }
        Table table = new Table("NAME", "VALUE", ">WRITTEN", "COMMENT");
        for (Keyword keyword : keywords) {
            String value = StreamName.printable(String.valueOf(keyword.value()));
            table.row(
                    StreamName.printable(keyword.name()),
                    keyword.value() instanceof String ? "'" + value + "'" : value,
                    Long.toString(keyword.counter()),
                    StreamName.printable(keyword.comment()));
        }
        print(table);
    }

    private void printSemaphores() {
        heading("semaphores", spec.semaphores() + ", log semaphore " + image.logSemaphoreValue());
        if (spec.semaphores() == 0) {
            return;
        }
        Table table = new Table(">INDEX", ">VALUE", "READER", "WRITER");
        for (int i = 0; i < spec.semaphores(); i++) {
            table.row(
                    Integer.toString(i),
                    Integer.toString(image.semaphoreValue(i)),
                    ProcessName.describe(image.readerPid(i)),
                    ProcessName.describe(image.writerPid(i)));
        }
        print(table);
    }

    private void printTraces() {
        List<ProcessTrace> used =
                image.tables().processTraces().stream().filter(ProcessTrace::isUsed).toList();
        heading("process traces", used.size() + " of " + spec.processTraces() + " in use");
        if (used.isEmpty()) {
            return;
        }
        Table table =
                new Table(
                        "WRITER",
                        ">MODE",
                        ">TRIGGER INODE",
                        ">SEMAPHORE",
                        ">STATUS",
                        ">CNT0",
                        "STARTED",
                        "UPDATED");
        for (ProcessTrace trace : used) {
            table.row(
                    ProcessName.describe(trace.writerPid()),
                    Integer.toString(trace.triggerMode()),
                    Long.toString(trace.triggerInode()),
                    Integer.toString(trace.triggerSemaphore()),
                    Integer.toString(trace.triggerStatus()),
                    Long.toString(trace.triggerCnt0()),
                    time(trace.processStart()),
                    time(trace.streamUpdate()));
        }
        print(table);
    }

    private void printSlices() {
        List<SliceStamp> slices = image.tables().slices();
        if (slices.isEmpty()) {
            return;
        }
        heading("slices", slices.size() + ", the last one written is " + image.cnt1());
        Table table = new Table(">SLICE", ">COUNTER", "ACQUIRED", "WRITTEN");
        for (int i = 0; i < slices.size(); i++) {
            SliceStamp slice = slices.get(i);
            table.row(
                    Integer.toString(i),
                    Long.toString(slice.counter()),
                    time(slice.acquired()),
                    time(slice.written()));
        }
        print(table);
    }

    private void printRing() {
        if (spec.ringSize() == 0) {
            return;
        }
        heading(
                "ring",
                spec.ringSize()
                        + " frames (CBsize), newest in place "
                        + MetadataLayout.cbIndex(head)
                        + " (CBindex), "
                        + MetadataLayout.cbCycle(head)
                        + " rounds (CBcycle)");
        Table table = new Table(">PLACE", ">CNT0", ">CNT1", "ACQUIRED", "WRITTEN");
        List<RingStamp> ring = image.tables().ring();
        for (int i = 0; i < ring.size(); i++) {
            RingStamp stamp = ring.get(i);
            table.row(
                    Integer.toString(i),
                    Long.toString(stamp.cnt0()),
                    Long.toString(stamp.cnt1()),
                    time(stamp.acquired()),
                    time(stamp.written()));
        }
        print(table);
    }

    private void printParts() {
        ImageLayout layout = image.layout();
        heading("parts of the file", "");
        Table table = new Table("PART", ">FIRST BYTE");
        table.row("pixels", Long.toString(layout.pixels()));
        table.row("keywords", Long.toString(layout.keywordsOffset()));
        table.row("semaphores", Long.toString(layout.semaphores()));
        table.row("log semaphore", Long.toString(layout.logSemaphore()));
        table.row("reader PIDs", Long.toString(layout.readerPids()));
        table.row("writer PIDs", Long.toString(layout.writerPids()));
        table.row("process traces", Long.toString(layout.processTraces()));
        if (ImageType.hasSliceArrays(spec.imageType())) {
            table.row("slice times and counters", Long.toString(layout.acquisitionTimes()));
        }
        if (spec.ringSize() > 0) {
            table.row("ring frames", Long.toString(layout.ringFrames()));
        }
        table.row("end", Long.toString(layout.fileBytes()));
        print(table);
    }

    private String time(Instant stamp) {
        return ImageTime.of(stamp).full();
    }

    private void field(String name, String value) {
        out.println(String.format("%s%-14s%s", INDENT, name, value));
    }

    private void heading(String name, String about) {
        out.println(about.isEmpty() ? name : name + ": " + about);
    }

    private void print(Table table) {
        table.toString().lines().forEach(line -> out.println(INDENT + line));
    }
}
