package org.shmimtcp.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.TwoHostSite;
import tools.jackson.jr.ob.JSON;

/** {@code shmim serve --web}: a web page beside links, which it does not slow down. */
@ExtendWith(ChildProcesses.class)
class ServeWebIT {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final Path dir;
    private final int port = Programs.freePort();
    private final int linkPort = Programs.freePort();

    ServeWebIT(@ShmDir Path dir) throws IOException {
        this.dir = dir;
        Files.writeString(
                dir.resolve("site.toml"), new TwoHostSite().with("dm", linkPort).toString());
    }

    private ChildProcess serve(Map<String, String> more, String... options) {
        Map<String, String> environment = new HashMap<>(more);
        environment.put("MAGAOX_ROLE", "B");
        environment.put("SHMIMTCP_CONFIG", dir.resolve("site.toml").toString());
        List<String> arguments = new ArrayList<>(List.of("serve"));
        arguments.addAll(List.of(options));
        return new Programs(dir, environment).start("shmim", arguments.toArray(String[]::new));
    }

    private boolean answers() {
        try {
            return Http.get(port, "/health").statusCode() == 200
                    && Http.get(port, "/api/overview").body().contains("rx " + linkPort);
        } catch (IOException notYet) {
            return false;
        }
    }

    private void awaitPage() {
        Await.until(DEADLINE, "the page, with the link on it", this::answers);
    }

    private static ProcessHandle pageOf(ChildProcess serve) {
        return ProcessHandle.of(serve.pid())
                .orElseThrow()
                .children()
                .filter(ProcessHandle::isAlive)
                .findFirst()
                .orElseThrow();
    }

    private LinkStatus link() throws IOException {
        return LinkStatuses.read(new ImageDirectory(dir)).getFirst();
    }

    /** A thread's state from proc(5). */
    private record ThreadState(String name, String cpus, int nice, int policy) {
        static List<ThreadState> of(long pid) throws IOException {
            List<ThreadState> all = new ArrayList<>();
            try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
                for (Path thread : threads.toList()) {
                    String stat = Files.readString(thread.resolve("stat"));
                    String[] third = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
                    String cpus =
                            Files.readAllLines(thread.resolve("status")).stream()
                                    .filter(line -> line.startsWith("Cpus_allowed_list:"))
                                    .map(line -> line.split("\\s+", 2)[1])
                                    .findFirst()
                                    .orElseThrow();
                    all.add(
                            new ThreadState(
                                    Files.readString(thread.resolve("comm")).strip(),
                                    cpus,
                                    Integer.parseInt(third[19 - 3]),
                                    Integer.parseInt(third[41 - 3])));
                }
            }
            return all;
        }

        boolean mayUse(int cpu) {
            return RealTimeSettings.parseCpus(cpus).get(cpu);
        }
    }

    /** Retries until no thread has started or ended while the list was read. */
    private static List<ThreadState> threads(long pid) {
        for (int i = 0; ; i++) {
            try {
                return ThreadState.of(pid);
            } catch (IOException ended) {
                if (i == 10) {
                    throw new UncheckedIOException(ended);
                }
            }
        }
    }

    @Test
    void givesWayToTheLinksAndKeepsOffTheirCpus() throws IOException {
        ThreadState own = threads(ProcessHandle.current().pid()).getFirst();
        var allowed = RealTimeSettings.parseCpus(own.cpus());
        assumeTrue(allowed.cardinality() > 1, "there is one CPU only");
        int reserved = allowed.nextSetBit(0);
        Map<String, String> environment = Map.of("SHMIMTCP_CPUSET", Integer.toString(reserved));
        ChildProcess serve = serve(environment, "--web", Integer.toString(port));
        awaitPage();
        assertThat(threads(serve.pid()))
                .filteredOn(thread -> thread.name().equals("receive-dm"))
                .hasSize(1)
                .allMatch(loop -> loop.cpus().equals(Integer.toString(reserved)));
        List<ThreadState> page = threads(pageOf(serve).pid());
        assertThat(page).hasSizeGreaterThan(5);
        assertThat(page)
                .allMatch(thread -> !thread.mayUse(reserved))
                .allMatch(thread -> thread.policy() == 0)
                .allMatch(thread -> thread.nice() >= 10);
        serve.terminate();
        serve.awaitExit(DEADLINE);
    }

    @Test
    void aPageThatDiesTouchesNoLinkAndComesBack() throws IOException {
        ChildProcess serve = serve(Map.of(), "--web", Integer.toString(port));
        awaitPage();
        LinkStatus before = link();
        ProcessHandle page = pageOf(serve);
        page.destroyForcibly();
        page.onExit().join();
        serve.awaitOutput("the process of the web page has ended", DEADLINE);
        awaitPage();
        assertThat(link().pid()).isEqualTo(before.pid());
        assertThat(link().sinceMs()).isEqualTo(before.sinceMs());
    }

    @Test
    void thePageEndsWithTheLinksHoweverTheyEnd() {
        for (boolean killed : new boolean[] {false, true}) {
            ChildProcess serve = serve(Map.of(), "--web", Integer.toString(port));
            awaitPage();
            ProcessHandle page = pageOf(serve);
            if (killed) {
                serve.kill9();
            } else {
                serve.terminate();
                serve.awaitExit(DEADLINE);
            }
            Await.until(DEADLINE, "the page's end", () -> !page.isAlive());
        }
    }

    /** The web process writes to the same standard error, so it must use the same log format. */
    @Test
    void allLinesAreObjectsForPrograms() {
        ChildProcess serve =
                serve(Map.of(), "--log-format", "json", "--web", Integer.toString(port));
        awaitPage();
        ProcessHandle page = pageOf(serve);
        assertThat(page.info().arguments().orElseThrow()).contains("--log-format=json");
        page.destroyForcibly();
        serve.awaitOutput("the process of the web page has ended", DEADLINE);
        awaitPage();
        serve.terminate();
        serve.awaitExit(DEADLINE);

        assertThat(serve.errors().lines())
                .hasSizeGreaterThan(2)
                .allSatisfy(line ->
                        assertThat(JSON.std.mapFrom(line)).containsKeys("time", "level", "event"));
    }

    @Test
    void systemdIsToldOfIt() {
        Programs programs = new Programs(dir);
        assertThat(
                        programs.start("shmim", "service", "print", "dm", "--web", "8899")
                                .awaitSuccess(DEADLINE))
                .containsPattern("ExecStart=.*/shmim\" \"serve\" \"dm\" \"--web=8899\"\n");
        ChildProcess open = programs.start("shmim", "service", "print", "--web", "0.0.0.0:8899");
        assertThat(open.awaitExit(DEADLINE)).isEqualTo(1);
    }

    @Test
    void whatWouldLetEverybodyInIsRefusedAtOnce() {
        ChildProcess open = serve(Map.of(), "--web", "0.0.0.0:" + port);
        assertThat(open.awaitExit(DEADLINE)).isEqualTo(1);
        assertThat(open.errors()).contains("require a token (--token-file)");
        ChildProcess noToken =
                serve(
                        Map.of(),
                        "--web",
                        "0.0.0.0:" + port,
                        "--token-file",
                        dir.resolve("none").toString());
        assertThat(noToken.awaitExit(DEADLINE)).isEqualTo(1);
        assertThat(noToken.errors()).contains("none");
        ChildProcess noPage = serve(Map.of(), "--token-file", dir.resolve("none").toString());
        assertThat(noPage.awaitExit(DEADLINE)).isEqualTo(2);
        assertThat(noPage.errors()).contains("need --web");
        ChildProcess slip = serve(Map.of("SHMIMTCP_CPUSET", "2-"), "--web", "" + port);
        assertThat(slip.awaitExit(DEADLINE)).isEqualTo(1);
        assertThat(slip.errors()).contains("$SHMIMTCP_CPUSET is '2-'");
    }
}
