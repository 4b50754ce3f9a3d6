package org.shmimtcp.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.Project;

/**
 * The packages as users get them, where there is no JDK: in a mount namespace of its own, whose
 * {@code /usr/lib/jvm} is empty, and whose whole system is thrown away after the test. Needs root.
 */
@ExtendWith(ChildProcesses.class)
class PackagesIT {
    private static final Path PROJECT = Project.ROOT;
    private static final Path PACKAGES = PROJECT.resolve("target/packages");
    private static final Duration DEADLINE = Duration.ofMinutes(10);

    @TempDir Path dir;

    private static Path find(String suffix) throws IOException {
        assumeTrue(Files.isDirectory(PACKAGES), "no packages were built");
        try (Stream<Path> files = Files.list(PACKAGES)) {
            var found = files.filter(file -> file.toString().endsWith(suffix)).findFirst();
            assumeTrue(found.isPresent(), "no " + suffix + " was built");
            return found.orElseThrow();
        }
    }

    private static ChildProcess sh(String script, String... arguments) {
        return ChildProcess.start(
                Map.of("LC_ALL", "C.UTF-8"),
                Stream.concat(
                                Stream.of("unshare", "--mount", "sh", "-euc", script, "sh"),
                                Stream.of(arguments))
                        .toList());
    }

    private static void assumeNamespaces() {
        boolean allowed =
                ChildProcess.start(Map.of(), List.of("unshare", "--mount", "true"))
                                .awaitExit(DEADLINE)
                        == 0;
        assumeTrue(allowed, "no mount namespaces without root");
    }

    /** No environment at all but a path without Java; somewhere else than where it was built. */
    @Test
    void theArchiveRunsWithoutJava() throws IOException {
        Path archive = find(".tar.gz");
        assumeNamespaces();
        String out =
                sh(
                                """
                                [ ! -d /usr/lib/jvm ] || mount -t tmpfs tmpfs /usr/lib/jvm
                                mkdir -p "$2/a place" "$2/streams"
                                tar -C "$2/a place" -xzf "$1"
                                cd "$2/a place"/shmimtcp-*
                                run() {
                                    env -i PATH=/usr/bin:/bin MILK_SHM_DIR="$streams" "$@"
                                }
                                streams=$2/streams
                                run bin/shmim --version
                                run bin/mk2Dim 's>tf32>dm01disp06' 50 50
                                run bin/shmim write --frames 1 dm01disp06
                                run bin/shmim save dm01disp06 "$2/x.fits"
                                # An unusable start-up cache would be an error with this option.
                                run SHMIMTCP_JAVA_OPTS=-XX:AOTMode=on bin/shmim ls
                                run SHMIMTCP_JAVA_OPTS=-XshowSettings:properties bin/shmim ls 2>&1 |
                                    grep java.home
                                gzip -dc share/man/man1/shmim-save.1.gz | head -1
                                grep -o '"bomFormat" : "CycloneDX"' share/doc/shmimtcp/bom.json
                                """,
                                archive.toString(),
                                dir.toString())
                        .awaitSuccess(DEADLINE);
        assertThat(out)
                .contains(
                        "shmimTCP 0.",
                        "built by ",
                        "created dm01disp06",
                        "saved 50x50 f32 of dm01disp06",
                        "java.home = " + dir + "/a place/shmimtcp-",
                        "SHMIM-SAVE",
                        "CycloneDX");
    }

    /** In a copy of this machine's system that exists only for this test. */
    @Test
    void theDebianPackageIsInstalledUpgradedAndRemoved() throws IOException {
        Path deb = find(".deb");
        assumeNamespaces();
        String out =
                sh(
                                """
                                mount -t tmpfs tmpfs "$2"
                                mkdir "$2/upper" "$2/work" "$2/root"
                                mount -t overlay overlay "$2/root" \
                                    -o "lowerdir=/,upperdir=$2/upper,workdir=$2/work" ||
                                    { echo no overlay; exit 0; }
                                cp "$1" "$2/root/first.deb"
                                mount -t proc proc "$2/root/proc"
                                cat >"$2/root/script" <<'END'
                                set -eu
                                export LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin
                                mkdir -p /tmp/streams
                                export MILK_SHM_DIR=/tmp/streams
                                rm -rf /usr/lib/jvm
                                dpkg --force-depends -i /first.deb
                                test -s /usr/lib/shmimtcp/lib/shmimtcp.aot && test -s /usr/lib/shmimtcp/lib/link.aot && test -s /usr/lib/shmimtcp/lib/short.aot && echo "caches were made"
                                cd /
                                shmim --version
                                mk2Dim 's>x' 5 5
                                shmimTCPtransmit --help | head -1
                                echo 'SHMIMTCP_JAVA_OPTS="-Dhere=1 ${SHMIMTCP_JAVA_OPTS:-}"' >>/etc/shmimtcp/environment
                                SHMIMTCP_JAVA_OPTS=-XX:AOTMode=on shmim ls
                                test -e /usr/share/man/man1/shmimTCPreceive.1.gz && echo "man pages"
                                bash -c '. /usr/share/bash-completion/completions/mk2Dim' && echo completion
                                unit=/usr/lib/systemd/system/shmimtcp.service
                                grep -H ExecStart $unit
                                ! command -v systemd-analyze || systemd-analyze verify --man=no $unit
                                wanted=/etc/systemd/system/multi-user.target.wants/shmimtcp.service
                                test -h $wanted || echo "not enabled"
                                # As 'systemctl enable' does, which may be missing here.
                                mkdir -p "${wanted%/*}" && ln -s $unit $wanted
                                MAGAOX_ROLE=ICC shmim bridge plan 2>&1 | head -1
                                printf '[streams.x]\nfrom = "ICC"\nto = "RTC"\nport = 9000\n' >>/etc/shmimtcp/config.toml
                                MAGAOX_ROLE=ICC shmim bridge plan | grep -c 9000
                                dpkg-deb -R /first.deb /second
                                sed -i 's/^Version: .*/Version: 9.9/' /second/DEBIAN/control
                                echo '# of the new version' >>/second/etc/shmimtcp/config.toml
                                echo '# new too' >/second/etc/shmimtcp/more && echo /etc/shmimtcp/more >>/second/DEBIAN/conffiles
                                dpkg-deb -Znone --root-owner-group -b /second /second.deb >/dev/null
                                dpkg --force-depends --force-confdef -i /second.deb
                                tail -1 /etc/shmimtcp/config.toml
                                cat /etc/shmimtcp/more
                                test -h $wanted && echo "still enabled"
                                dpkg-query -W -f '${Status} ${Version}\\n' shmimtcp
                                tail -1 /etc/shmimtcp/environment
                                SHMIMTCP_JAVA_OPTS=-XX:AOTMode=on shmim info x | head -1
                                dpkg -r shmimtcp
                                ls /usr/bin/shmim /usr/lib/shmimtcp 2>&1 || true
                                test -e /etc/shmimtcp/environment && echo "settings are kept"
                                dpkg -P shmimtcp
                                test -e /etc/shmimtcp || test -h $wanted || test -h /etc/systemd/system/shmimtcp.service ||
                                    find /usr/lib/systemd /var/lib/systemd -name 'shmimtcp*' | grep . || echo "all is gone"
                                END
                                chroot "$2/root" sh /script
                                """,
                                deb.toString(), dir.toString())
                        .awaitSuccess(DEADLINE);
        assumeTrue(!out.startsWith("no overlay"), "no overlay file system here");
        assertThat(out)
                .contains(
                        "caches were made",
                        "shmimTCP 0.",
                        "created x 5x5 f32",
                        "Usage: shmimTCPtransmit",
                        "man pages",
                        "completion",
                        "shmimtcp.service:ExecStart=\"/usr/bin/shmim\" \"serve\"",
                        "not enabled",
                        "name the links: /etc/shmimtcp/config.toml has no single streams",
                        "\nport = 9000\n# new too\nstill enabled\n",
                        "install ok installed 9.9",
                        "SHMIMTCP_JAVA_OPTS=\"-Dhere=1",
                        "x  5x5 f32",
                        "cannot access '/usr/bin/shmim'",
                        "cannot access '/usr/lib/shmimtcp'",
                        "settings are kept",
                        "all is gone");
    }

    /** The same sources, the same bytes: what can differ is the start-up cache, which it lacks. */
    @Test
    void theDebianPackageIsTheSameWhenMadeAgain() throws IOException {
        assumeTrue(Full.isOn(), "takes a minute: -Dfull");
        Path deb = find(".deb");
        assumeNamespaces();
        String out =
                again(
                        deb,
                        """
                        umask 077
                        "$2/again/shmimtcp/src/main/packages/make-packages.sh" "$3" "$4" deb >&2
                        cat "$2"/again/target/packages/*.deb | sha256sum
                        sha256sum <"$5"
                        """);
        List<String> sums = out.lines().toList();
        assertThat(sums).hasSize(2);
        assertThat(sums.getFirst()).isEqualTo(sums.getLast());
    }

    /** Milk may be installed beside it. */
    @Test
    void milksOwnNamesAreOnlyInAPackageThatIsAskedForThem() throws IOException {
        Path deb = find(".deb");
        String plain =
                ChildProcess.start(Map.of(), List.of("dpkg-deb", "-c", deb.toString()))
                        .awaitSuccess(DEADLINE);
        assertThat(plain).contains("./usr/bin/shmimTCPtransmit ").doesNotContain("imnetw");
        assumeTrue(Full.isOn(), "the rest takes a minute: -Dfull");
        assumeNamespaces();
        String out =
                again(
                        deb,
                        """
                        export SHMIMTCP_MILK_NAMES=yes
                        "$2/again/shmimtcp/src/main/packages/make-packages.sh" "$3" "$4" deb >&2
                        dpkg-deb -x "$2"/again/target/packages/*.deb "$2/asked"
                        [ ! -d /usr/lib/jvm ] || mount -t tmpfs tmpfs /usr/lib/jvm
                        for name in imnetwtransmit imnetwreceive; do
                            env -i PATH=/usr/bin:/bin "$2/asked/usr/bin/$name" --help | head -1
                        done
                        """);
        assertThat(out).contains("Usage: imnetwtransmit", "Usage: imnetwreceive");
    }

    /**
     * Runs a script beside a copy of all that make-packages.sh takes, with other times: $2/again.
     * $3 and $4 are the arguments of make-packages.sh, $5 is the package.
     */
    private String again(Path deb, String script) throws IOException {
        return sh(
                        """
                        mkdir -p "$2/again/shmimtcp"
                        cd "$1"
                        cp -R bin docs LICENSE README.md CHANGELOG.md "$2/again/"
                        cp -R shmimtcp/src "$2/again/shmimtcp/"
                        mkdir -p "$2/again/target"
                        cp -R target/app target/bom.json "$2/again/target/"
                        cp -a target/runtime target/runtime.of "$2/again/target/"
                        """
                                + script,
                        PROJECT.toString(),
                        dir.toString(),
                        version(deb),
                        "2026-01-01T00:00:00Z",
                        deb.toString())
                .awaitSuccess(DEADLINE);
    }

    private static String version(Path deb) throws IOException {
        String archive = String.valueOf(find(".tar.gz").getFileName());
        assertThat(deb).isRegularFile();
        return archive.substring("shmimtcp-".length(), archive.indexOf("-linux-"));
    }
}
