package org.shmimtcp.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmimtcp.posix.Semaphores;
import org.shmimtcp.testing.CCompiler;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;

/** The offsets equal those of a C compiler for the same structures. */
@ExtendWith(ChildProcesses.class)
class LayoutAgainstCTest {
    private static final String STRUCTURES =
            """
            #define main shmpeer_main
            #include "shmpeer.c"
            #undef main
            #include <stddef.h>
            #define HEAD(f) printf("%s %zu\\n", #f, offsetof(struct head, f))
            #define KEYWORD(f) printf("%s %zu\\n", #f, offsetof(struct keyword, f))
            int main(void)
            {
                HEAD(version); HEAD(name); HEAD(naxis); HEAD(size); HEAD(nelement); HEAD(datatype);
                HEAD(imagetype); HEAD(creationtime); HEAD(lastaccesstime); HEAD(atime);
                HEAD(writetime); HEAD(creator_pid); HEAD(owner_pid); HEAD(shared); HEAD(inode);
                HEAD(location); HEAD(status); HEAD(flag); HEAD(logflag); HEAD(nsem);
                HEAD(nproctrace); HEAD(cnt0); HEAD(cnt1); HEAD(cnt2); HEAD(write); HEAD(nkw);
                HEAD(cbsize); HEAD(cbindex); HEAD(cbcycle); HEAD(imdatamemsize);
                KEYWORD(type); KEYWORD(value); KEYWORD(cnt); KEYWORD(comment);
                printf("head %zu\\n", sizeof(struct head));
                printf("keyword %zu\\n", sizeof(struct keyword));
                printf("semindex %zu\\n", offsetof(struct proctrace, semindex));
                printf("proctrace %zu\\n", sizeof(struct proctrace));
                printf("cbframe %zu\\n", sizeof(struct cbframe));
                printf("timespec %zu\\n", sizeof(struct timespec));
                printf("sem_t %zu\\n", sizeof(sem_t));
            }
            """;

    private static final String PARTS =
            """
            #define main shmpeer_main
            #include "shmpeer.c"
            #undef main
            int main(int argc, char **argv)
            {
                uint64_t v[10];
                for (int i = 0; i < 10; i++) v[i] = strtoull(argv[i + 1], NULL, 0);
                struct head h = {.datatype = v[0], .naxis = v[1], .size = {v[2], v[3], v[4]},
                                 .imagetype = v[5], .nkw = v[6], .cbsize = v[7], .nsem = v[8],
                                 .nproctrace = v[9]};
                uint64_t n = 1;
                for (int i = 0; i < h.naxis; i++) n *= h.size[i];
                h.imdatamemsize = n * type_size(h.datatype);
                struct image im = {0};
                size_t bytes = place(&im, &h, NULL);
                size_t traces_end = (size_t)im.trace + up8(64 * h.nproctrace);
                printf("%zu %zu %zu %zu %zu %zu %zu %zu %zu %zu %zu %zu\\n", (size_t)im.pixels,
                       (size_t)im.kw, (size_t)im.sem, (size_t)im.semlog, (size_t)im.readpid,
                       (size_t)im.writepid, (size_t)im.trace, traces_end,
                       im.atimes || im.writetimes ? (size_t)im.writetimes : traces_end,
                       im.cnts ? (size_t)im.cnts : traces_end, (size_t)im.cbdata, bytes);
                return 0;
            }
            """;

    private static String run(String name, String source, String... arguments) {
        Path program = CCompiler.compile(name, source);
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        return ChildProcess.start(Map.of(), command).awaitSuccess(Duration.ofSeconds(30));
    }

    @Test
    void everyFieldIsWhereCHasIt() {
        Map<String, Long> ours = new LinkedHashMap<>();
        ours.put("version", (long) MetadataLayout.VERSION_OFFSET);
        ours.put("name", (long) MetadataLayout.NAME);
        ours.put("naxis", (long) MetadataLayout.NAXIS);
        ours.put("size", (long) MetadataLayout.SIZE);
        ours.put("nelement", (long) MetadataLayout.NELEMENT);
        ours.put("datatype", (long) MetadataLayout.DATATYPE);
        ours.put("imagetype", (long) MetadataLayout.IMAGETYPE);
        ours.put("creationtime", (long) MetadataLayout.CREATIONTIME);
        ours.put("lastaccesstime", (long) MetadataLayout.LASTACCESSTIME);
        ours.put("atime", (long) MetadataLayout.ATIME);
        ours.put("writetime", (long) MetadataLayout.WRITETIME);
        ours.put("creator_pid", (long) MetadataLayout.CREATOR_PID);
        ours.put("owner_pid", (long) MetadataLayout.OWNER_PID);
        ours.put("shared", (long) MetadataLayout.SHARED);
        ours.put("inode", (long) MetadataLayout.INODE);
        ours.put("location", (long) MetadataLayout.LOCATION);
        ours.put("status", (long) MetadataLayout.STATUS);
        ours.put("flag", (long) MetadataLayout.FLAG);
        ours.put("logflag", (long) MetadataLayout.LOGFLAG);
        ours.put("nsem", (long) MetadataLayout.SEM);
        ours.put("nproctrace", (long) MetadataLayout.NBPROCTRACE);
        ours.put("cnt0", (long) MetadataLayout.CNT0);
        ours.put("cnt1", (long) MetadataLayout.CNT1);
        ours.put("cnt2", (long) MetadataLayout.CNT2);
        ours.put("write", (long) MetadataLayout.WRITE);
        ours.put("nkw", (long) MetadataLayout.NBKW);
        ours.put("cbsize", (long) MetadataLayout.CBSIZE);
        ours.put("cbindex", (long) MetadataLayout.CBINDEX);
        ours.put("cbcycle", (long) MetadataLayout.CBCYCLE);
        ours.put("imdatamemsize", (long) MetadataLayout.IMDATAMEMSIZE);
        ours.put("type", (long) KeywordLayout.TYPE);
        ours.put("value", (long) KeywordLayout.VALUE);
        ours.put("cnt", (long) KeywordLayout.COUNTER);
        ours.put("comment", (long) KeywordLayout.COMMENT);
        ours.put("head", (long) MetadataLayout.BYTES);
        ours.put("keyword", (long) KeywordLayout.BYTES);
        ours.put("semindex", (long) ProcessTraceLayout.SEMAPHORE);
        ours.put("proctrace", (long) ProcessTraceLayout.BYTES);
        ours.put("cbframe", (long) ImageLayout.RING_METADATA_BYTES);
        ours.put("timespec", (long) ImageLayout.TIMESPEC_BYTES);
        ours.put("sem_t", Semaphores.BYTES);

        Map<String, Long> theirs = new LinkedHashMap<>();
        run("structures", STRUCTURES)
                .lines()
                .map(line -> line.split(" ", -1))
                .forEach(words -> theirs.put(words[0], Long.valueOf(words[1])));
        assertThat(ours).containsExactlyEntriesOf(theirs);
    }

    @ParameterizedTest
    @CsvSource({
        // type, naxis, nx, ny, nz, imagetype, keywords, ring, semaphores, process traces
        "9, 2, 50, 50, 0, 0x2, 10, 0, 10, 10",
        "1, 2, 3, 1, 0, 0x2, 1, 0, 10, 10",
        "9, 1, 13, 0, 0, 0x2, 0, 0, 10, 10",
        "3, 3, 7, 5, 3, 0x2, 65535, 0, 10, 10",
        "3, 3, 7, 5, 3, 0x20001, 2, 5, 3, 7",
        "1, 3, 1, 1, 1, 0x20001, 0, 1, 1, 0",
        "12, 3, 64, 64, 8, 0x20001, 3, 0, 0, 1",
        "13, 2, 7, 5, 0, 0x20001, 0, 3, 10, 10",
        "2, 3, 7, 5, 3, 0x20003, 0, 0, 9, 11",
        "5, 2, 120, 120, 0, 0x1, 50, 1000, 10, 10",
        "7, 3, 5, 3, 2, 0xe000f20001, 4, 2, 65535, 65535",
    })
    void everyPartStartsWhereCPutsIt(
            int type,
            int naxis,
            int nx,
            int ny,
            int nz,
            String imageType,
            int keywords,
            int ring,
            int semaphores,
            int traces) {
        ImageSpec spec =
                new ImageSpec(
                        "x",
                        DataType.ofCode(type).orElseThrow(),
                        new Shape(naxis, nx, ny, nz),
                        Long.decode(imageType),
                        keywords,
                        ring,
                        semaphores,
                        traces);
        String theirs =
                run(
                        "parts",
                        PARTS,
                        "" + type,
                        "" + naxis,
                        "" + nx,
                        "" + ny,
                        "" + nz,
                        imageType,
                        "" + keywords,
                        "" + ring,
                        "" + semaphores,
                        "" + traces);
        ImageLayout at = ImageLayout.of(spec);
        List<Long> ours =
                List.of(
                        at.pixels(),
                        at.keywordsOffset(),
                        at.semaphores(),
                        at.logSemaphore(),
                        at.readerPids(),
                        at.writerPids(),
                        at.processTraces(),
                        at.acquisitionTimes(),
                        at.writeTimes(),
                        at.counters(),
                        at.ringFrames(),
                        at.fileBytes());
        assertThat(ours)
                .isEqualTo(List.of(theirs.strip().split(" ")).stream().map(Long::valueOf).toList());
    }
}
