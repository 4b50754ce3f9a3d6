package org.shmimtcp.bridge;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.image.Shape;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.tmux.SessionScript;
import org.shmimtcp.tmux.ShellWords;

/**
 * The facts about a machine, collected by a shell script. The script requires no shmimTCP on that
 * machine, which may have milk's programs or none.
 *
 * @param programs path of each installed program, by name
 * @param panes the panes of tmux
 * @param ports the TCP ports with a listener
 * @param links the link ends that publish their status
 * @param streams the requested streams that exist, by name
 * @param addresses the addresses of the requested host names, as that machine resolves them
 */
public record Facts(
        long timeMs,
        Map<String, String> programs,
        List<Pane> panes,
        Set<Integer> ports,
        List<LinkStatus> links,
        Map<String, Stream> streams,
        Map<String, Set<InetAddress>> addresses) {
    static final List<String> PROGRAMS =
            List.of("tmux", "shmimTCPreceive", "shmimTCPtransmit", "mk2Dim");

    /** Number of words before the bytes of a stream's head. */
    private static final int STREAM_WORDS = 4;

    /** Sets {@code $d} to the directory of the streams. */
    static final String DIRECTORY_SCRIPT =
            "d=$MILK_SHM_DIR; [ -d \"$d\" ] || d=/milk/shm; [ -d \"$d\" ] || d=/tmp\n";

    /**
     * A pane of tmux; dead if its program has ended and the pane is kept for reading.
     *
     * @param mark mark of its session; empty for none
     * @param startsLink true if it was created to run a transmitter or receiver
     */
    public record Pane(String session, String mark, boolean dead, int pid, boolean startsLink) {}

    /**
     * A stream.
     *
     * @param shape null if it cannot be used
     * @param fault why it cannot be used; null if it can
     */
    public record Stream(
            long inode,
            long cnt0,
            @Nullable Shape shape,
            @Nullable DataType type,
            @Nullable Fault fault) {
        /** True if no process can use the stream. */
        boolean isDead() {
            return fault != null
                    && (fault.kind() == Fault.Kind.DAMAGED || fault.kind() == Fault.Kind.EMPTY);
        }

        /** Returns, for example, {@code 50x50 f32}. */
        String describe() {
            return shape == null || type == null
                    ? "no stream that can be read"
                    : shape + " " + type.letters();
        }
    }

    /**
     * Why a stream cannot be used.
     *
     * @param kind what may happen to the stream
     */
    record Fault(Kind kind, String reason) {
        /** True if the fault may be gone a second later. */
        boolean mayPass() {
            return kind == Kind.UNFINISHED || kind == Kind.EMPTY;
        }

        enum Kind {
            /** The process that creates it may be about to finish. */
            UNFINISHED,
            /** As UNFINISHED; otherwise a receiver replaces it. */
            EMPTY,
            /** Unusable for every program; a receiver replaces it. */
            DAMAGED,
            /** Other programs may be able to use it, so it must not be replaced. */
            FOREIGN
        }
    }

    /**
     * Returns the script that reports on these streams and host names. Any user may put files
     * beside the status files. As in {@link LinkStatuses}, a status counts only if its file belongs
     * to the user of its process, and pipes and links are not opened.
     */
    static String script(Collection<String> streams, Collection<String> hosts) {
        return """
        echo "time $(date +%s)"
        for p in PROGRAMS; do echo "program $p $(command -v $p)"; done
        LIST_PANES
        awk '$4 == "0A" { sub(/.*:/, "", $2); print "listen " $2 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null
        DIRECTORY
        n=0
        for f in "$d"/.shmimtcp/*.json; do
          p=${f##*/?x-}; p=${p%%-*}
          case $p in ''|*[!0-9]*) continue;; esac
          u=$(stat -c %u "$f" 2>/dev/null) || continue
          grep -qsE "^Uid:.*[[:space:]]$u([[:space:]]|\\$)" "/proc/$p/status" || continue
          t=$(dd if="$f" iflag=nofollow,nonblock bs=16384 count=1 2>/dev/null | tr -d '\\n\\000')
          # The number may be another process's by now: field 22 says when that one started.
          b=$(sed 's/.*) //' "/proc/$p/stat" 2>/dev/null | cut -d' ' -f20)
          case $t in *'"pid":'"$p",*'"processStart":'"$b"[,}]*) echo "status $t";; esac
          n=$((n + 1)); [ $n -lt 2000 ] || break
        done
        for s in STREAMS; do
          f=$d/$s.im.shm
          if [ -f "$f" ]; then
            echo "stream $s $(stat -Lc '%i %s' "$f") $(od -An -v -tu1 -N384 "$f" | tr '\\n' ' ')"
          fi
        done
        for h in HOSTS; do echo "address $h" $(getent ahosts "$h" | cut -d' ' -f1 | sort -u); done
        echo end of facts
        """
                .replace("DIRECTORY\n", DIRECTORY_SCRIPT)
                .replace("LIST_PANES", SessionScript.LIST_PANES)
                .replace("PROGRAMS", String.join(" ", PROGRAMS))
                .replace("HOSTS", ShellWords.join(List.copyOf(hosts)))
                .replace("STREAMS", ShellWords.join(List.copyOf(streams)));
    }

    /**
     * Parses the script's output. Other lines, such as a greeting of the login shell, are ignored.
     *
     * @throws BridgeException if the script did not run to its end
     */
    static Facts parse(String text, String whom) {
        long timeMs = 0;
        Map<String, String> programs = new HashMap<>();
        List<Pane> panes = new ArrayList<>();
        Set<Integer> ports = new HashSet<>();
        List<LinkStatus> links = new ArrayList<>();
        Map<String, Stream> streams = new HashMap<>();
        Map<String, Set<InetAddress>> addresses = new HashMap<>();
        boolean ended = false;
        for (String line : text.lines().toList()) {
            String[] word = line.strip().split(" +");
            try {
                switch (word[0]) {
                    case "time" -> timeMs = 1000 * Long.parseLong(word[1]);
                    case "program" -> {
                        if (word.length > 2) {
                            programs.put(word[1], line.substring(line.indexOf(word[2])));
                        }
                    }
                    case "pane" -> {
                        String session = line.split(" ", 6)[5];
                        String mark = word[3].substring(1);
                        boolean dead = word[1].equals("1");
                        boolean startsLink = word[4].equals("L1");
                        int pid = Integer.parseInt(word[2]);
                        panes.add(new Pane(session, mark, dead, pid, startsLink));
                    }
                    case "listen" -> ports.add(Integer.parseInt(word[1], 16));
                    case "status" ->
                            links.addAll(LinkStatuses.fromJson("[" + line.substring(7) + "]"));
                    case "stream" -> streams.put(word[1], stream(word));
                    case "address" -> addresses.put(word[1], addresses(word));
                    case "end" -> ended |= line.equals("end of facts");
                    default -> {} // from another program
                }
            } catch (IOException | IndexOutOfBoundsException | IllegalArgumentException notOurs) {
                // not from the script, or a stream's file is still being created
            }
        }
        if (!ended) {
            throw new BridgeException(
                    "cannot find out what runs on "
                            + whom
                            + "; it said: "
                            + text.strip().lines().reduce((a, b) -> b).orElse("nothing"));
        }
        return new Facts(timeMs, programs, panes, ports, links, streams, addresses);
    }

    /** Parses {@code address NAME} and its addresses. */
    private static Set<InetAddress> addresses(String[] word) {
        Set<InetAddress> addresses = new HashSet<>();
        for (int i = 2; i < word.length; i++) {
            addresses.add(InetAddress.ofLiteral(withoutZone(word[i])));
        }
        return addresses;
    }

    private static String withoutZone(String address) {
        return address.replaceFirst("%.*", "");
    }

    /** Parses {@code stream NAME INODE LENGTH} and the bytes of the head, as many as exist. */
    private static Stream stream(String[] word) {
        long inode = Long.parseLong(word[2]);
        long fileBytes = Long.parseLong(word[3]);
        byte[] head = new byte[MetadataLayout.BYTES];
        for (int i = 0; i < Math.min(head.length, word.length - STREAM_WORDS); i++) {
            head[i] = (byte) Integer.parseInt(word[STREAM_WORDS + i]);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(head.length, 8);
            MemorySegment.copy(head, 0, memory, JAVA_BYTE, 0, head.length);
            long cnt0 = MetadataLayout.cnt0Acquire(memory);
            try {
                ImageSpec spec = ImageSpec.parseFile(memory, fileBytes, "it");
                return new Stream(inode, cnt0, spec.shape(), spec.type(), null);
            } catch (ImageException e) {
                Fault.Kind kind =
                        switch (e) {
                            case ImageException.NotReady unfinished -> Fault.Kind.UNFINISHED;
                            case ImageException.Damaged damaged ->
                                    fileBytes == 0 ? Fault.Kind.EMPTY : Fault.Kind.DAMAGED;
                            default -> Fault.Kind.FOREIGN;
                        };
                return new Stream(
                        inode, cnt0, null, null, new Fault(kind, String.valueOf(e.getMessage())));
            }
        }
    }

    /** Returns the status of the receiver on a port. */
    Optional<LinkStatus> receiver(int port) {
        return links.stream().filter(s -> s.receives() && s.port() == port).findFirst();
    }

    /**
     * Returns the status of the transmitter of a stream to an address and port. One whose status
     * names no peer counts as such.
     *
     * @param host address or name
     */
    Optional<LinkStatus> transmitter(String stream, String host, int port) {
        return transmitters(stream, port).filter(s -> leadsTo(s, host)).findFirst();
    }

    /** Returns the statuses of the transmitters of a stream to a port of any machine. */
    java.util.stream.Stream<LinkStatus> transmitters(String stream, int port) {
        return links.stream()
                .filter(s -> s.transmits() && s.stream().equals(stream))
                .filter(s -> s.port() == port);
    }

    /**
     * True if a link end connects to this host. Its status contains the name that it was given
     * until it has connected, then the address.
     */
    private boolean leadsTo(LinkStatus status, String host) {
        String peer = peerHost(status);
        return peer == null
                || peer.equals(host)
                || !Collections.disjoint(addressesOf(peer), addressesOf(host));
    }

    /** Returns the peer's name or address, without its port; null if the status names none. */
    static @Nullable String peerHost(LinkStatus status) {
        String peer = status.peer();
        if (peer == null) {
            return null;
        }
        int colon = peer.lastIndexOf(':');
        String host = colon < 0 ? peer : peer.substring(0, colon);
        return host.startsWith("[") && host.endsWith("]")
                ? host.substring(1, host.length() - 1)
                : host;
    }

    private Set<InetAddress> addressesOf(String host) {
        try {
            return Set.of(InetAddress.ofLiteral(withoutZone(host)));
        } catch (IllegalArgumentException aName) {
            return addresses.getOrDefault(host, Set.of());
        }
    }

    /**
     * Returns the pane of a step's program: by its mark, or by its name among sessions without a
     * mark that were created for a link. Others of that name belong to somebody else.
     */
    Optional<Pane> pane(Step step) {
        Optional<Pane> marked =
                panes.stream()
                        .filter(p -> !p.mark().isEmpty() && p.mark().equals(step.mark()))
                        .findFirst();
        return marked.or(() ->
                panes.stream()
                        .filter(p -> p.mark().isEmpty() && p.startsLink())
                        .filter(p -> p.session().equals(step.session()))
                        .findFirst());
    }

    /** True if a session has this name. */
    boolean hasSession(String name) {
        return panes.stream().anyMatch(p -> p.session().equals(name));
    }

    /** Returns the name of the session whose program is this process; null if there is none. */
    @Nullable String sessionOf(int pid) {
        return panes.stream()
                .filter(p -> p.pid() == pid)
                .map(Pane::session)
                .findFirst()
                .orElse(null);
    }
}
