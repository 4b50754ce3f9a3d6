package org.shmimtcp.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.testing.CapturedErr;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import tools.jackson.jr.ob.JSON;

class LogLineTest {
    private static final Instant AT =
            LocalDateTime.of(2026, 11, 23, 4, 5, 6, 7_000_000)
                    .atZone(ZoneId.systemDefault())
                    .toInstant();

    @AfterEach
    void textAgain() {
        LogFormat.choose(LogFormat.TEXT);
        MDC.clear();
    }

    private static LogLine line(
            Level level, String message, List<KeyValuePair> fields, @Nullable Throwable thrown) {
        return new LogLine(AT, level, message, Map.of("stream", "acc000"), fields, thrown);
    }

    @Test
    void forPeople() {
        assertThat(line(Level.WARN, "lost", List.of(), null).forPeople())
                .isEqualTo("04:05:06.007 WARN lost\n");
        assertThat(
                        line(Level.ERROR, "a bug", List.of(), new IllegalStateException("x"))
                                .forPeople())
                .startsWith("04:05:06.007 ERROR a bug\njava.lang.IllegalStateException: x\n\tat ")
                .endsWith("\n");
    }

    /** The journal adds the time, and treats each line as an event. */
    @Test
    void forTheJournal() {
        assertThat(line(Level.INFO, "connected", List.of(), null).forJournal())
                .isEqualTo("<6>connected\n");
        assertThat(line(Level.WARN, "one\ntwo", List.of(), null).forJournal())
                .isEqualTo("<4>one?two\n");
        assertThat(
                        line(Level.ERROR, "a bug", List.of(), new IllegalStateException("x"))
                                .forJournal())
                .startsWith("<3>a bug\n<3>java.lang.IllegalStateException: x\n<3>\tat ");
        assertThat(Journal.priority(Level.DEBUG)).isEqualTo("<7>");
    }

    @Test
    void forPrograms() {
        String json =
                line(
                                Level.WARN,
                                "say \"hi\"\n\u00e9",
                                List.of(
                                        new KeyValuePair("reason", "no answer"),
                                        new KeyValuePair("frames", 1234567890123L),
                                        new KeyValuePair("count", 3),
                                        new KeyValuePair("rate", 1.5),
                                        new KeyValuePair("bad", Double.NaN)),
                                null)
                        .forPrograms();
        assertThat(json).endsWith("}\n").containsOnlyOnce("\n");
        assertThat(JSON.std.mapFrom(json))
                .containsEntry("time", AT.toString())
                .containsEntry("level", "WARN")
                .containsEntry("stream", "acc000")
                .containsEntry("event", "say \"hi\"\n\u00e9")
                .containsEntry("reason", "no answer")
                .containsEntry("frames", 1234567890123L)
                .containsEntry("count", 3)
                .containsEntry("rate", 1.5)
                .containsEntry("bad", "NaN");
    }

    /** Not every reader accepts JSON with a duplicate key. */
    @Test
    void whatTheEventSaysGoesBeforeWhatTheThreadIsAbout() {
        String json =
                line(Level.INFO, "x", List.of(new KeyValuePair("stream", "other")), null)
                        .forPrograms();
        assertThat(json).contains("\"stream\":\"other\"").doesNotContain("acc000");
    }

    @Test
    void aTimeAlwaysHasMilliseconds() {
        var line =
                new LogLine(Instant.ofEpochSecond(0), Level.INFO, "x", Map.of(), List.of(), null);
        assertThat(line.forPrograms())
                .isEqualTo(
                        "{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"INFO\",\"event\":\"x\"}\n");
    }

    @Test
    void aTraceIsAFieldOfItsEvent() {
        String json =
                line(Level.ERROR, "a bug", List.of(), new IllegalStateException("x")).forPrograms();
        assertThat(String.valueOf(JSON.std.mapFrom(json).get("trace")))
                .startsWith("java.lang.IllegalStateException: x\n\tat ");
    }

    @Test
    void loggersWriteWhatWasChosen() {
        try (CapturedErr err = new CapturedErr()) {
            var log = LoggerFactory.getLogger(LogLineTest.class);
            MDC.put("stream", "acc000");
            log.atWarn().addKeyValue("reason", "no answer").log("{}: waiting", "acc000");
            LogFormat.choose(LogFormat.JSON);
            log.atWarn().addKeyValue("reason", "no answer").log("{}: waiting", "acc000");
            log.info("{} of {}", 1, 2);
            log.debug("nobody sees this");
            assertThat(err.lines()).hasSize(3);
            assertThat(err.lines().getFirst()).isEqualTo("WARN acc000: waiting");
            assertThat(err.lines().get(1))
                    .endsWith(
                            "\"level\":\"WARN\",\"stream\":\"acc000\",\"event\":\"acc000: waiting\","
                                    + "\"reason\":\"no answer\"}");
            assertThat(err.lines().get(2)).contains("\"event\":\"1 of 2\"");
        }
    }

    @Test
    void jettyKeepsItsOrdinaryLifeToItself() {
        assertThat(LoggerFactory.getLogger("org.eclipse.jetty.server.Server").isInfoEnabled())
                .isFalse();
        assertThat(LoggerFactory.getLogger("org.shmimtcp.link.LinkLog").isInfoEnabled()).isTrue();
        assertThat(LoggerFactory.getLogger("org.shmimtcp.link.LinkLog").isDebugEnabled()).isFalse();
    }

    /** A service whose standard error goes to a file has the variable too. */
    @Test
    void theJournalIsKnownByItsInode(@TempDir Path dir) throws IOException {
        Path stream = Files.createFile(dir.resolve("stream"));
        Map<String, Object> stat = Files.readAttributes(stream, "unix:dev,ino");
        String here = stat.get("dev") + ":" + stat.get("ino");
        assertThat(Journal.is(here, stream)).isTrue();
        assertThat(Journal.is(here + "1", stream)).isFalse();
        assertThat(Journal.is("", stream)).isFalse();
        assertThat(Journal.is(here, dir.resolve("none"))).isFalse();
    }

    /** A name from the network starts no new line, and moves no cursor. */
    @Test
    void textOfOthersStaysInItsLine() {
        LogLine line = line(Level.WARN, "'a\n04:05:06 INFO b\033[2J\u202e'", List.of(), null);
        assertThat(line.forPeople()).isEqualTo("04:05:06.007 WARN 'a?04:05:06 INFO b?[2J?'\n");
        assertThat(line.forJournal()).isEqualTo("<4>'a?04:05:06 INFO b?[2J?'\n");
        assertThat(line.forPrograms())
                .contains("04:05:06 INFO b?[2J?'")
                .doesNotContain("\u202e")
                .hasLineCount(1);
    }
}
