package org.shmimtcp.bridge;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;
import org.shmimtcp.status.LinkStatus;

/**
 * Whether the frames of a link arrive.
 *
 * @param text the state or the fault, for the operator
 */
record Verdict(State state, String text) {
    enum State {
        /** Frames arrive, or would if the source had any. */
        WELL,
        /** An operator paused the link; nothing needs to be repaired. */
        PAUSED,
        ILL
    }

    private static Verdict not(String text) {
        return new Verdict(State.ILL, text);
    }

    private static Verdict well(String text) {
        return new Verdict(State.WELL, text);
    }

    private static Verdict paused(String end, String role) {
        return new Verdict(
                State.PAUSED, "paused: the " + end + " on " + role + " holds frames back");
    }

    boolean isWell() {
        return state == State.WELL;
    }

    /** True if setting up the link could not improve it. */
    boolean isUp() {
        return state != State.ILL;
    }

    /** One end of a link: its machine, the programs there, and the facts about it. */
    record End(Host host, Peer programs, Facts facts) {}

    /**
     * Judges both ends of a link.
     *
     * @param copyBefore cnt0 of the copy before anything was started; null if there was no copy
     */
    static Verdict of(Link link, End from, End to, @Nullable Long copyBefore) {
        if (from.programs() == Peer.MILK) {
            return ofReceiver(link, from.facts(), to, copyBefore, null);
        }
        Optional<LinkStatus> tx =
                from.facts().transmitter(link.stream(), to.host().address(), link.port());
        if (tx.isEmpty()) {
            return not("no transmitter runs on " + link.from());
        }
        LinkStatus sender = tx.get();
        if (sender.isSilent(from.facts().timeMs())) {
            return hangs("transmitter", sender, from.facts());
        }
        if (!sender.hasConnection()) {
            String error = sender.lastError();
            String peer = sender.peer();
            return not(
                    "the transmitter"
                            + (peer == null ? "" : " to " + peer)
                            + " is "
                            + sender.state()
                            + (error == null ? "" : ": " + error));
        }
        return to.programs() == Peer.MILK
                ? ofMilkReceiver(link, sender, from.facts(), to.facts(), copyBefore)
                : ofReceiver(link, from.facts(), to, copyBefore, sender);
    }

    private static Verdict hindered(String end, String role, LinkStatus status) {
        return status.state().equals(LinkState.State.PAUSED.text())
                ? paused(end, role)
                : not("the " + end + " is " + status.hindrance());
    }

    private static Verdict hangs(String end, LinkStatus status, Facts there) {
        return not(
                "the "
                        + end
                        + " (process "
                        + status.pid()
                        + ") has not reported for "
                        + (there.timeMs() - status.updatedMs()) / 1000
                        + " s");
    }

    /**
     * Judges a receiver.
     *
     * @param sender its connected transmitter; null for a C program, which publishes no status
     */
    private static Verdict ofReceiver(
            Link link, Facts from, End at, @Nullable Long copyBefore, @Nullable LinkStatus sender) {
        Facts to = at.facts();
        Optional<LinkStatus> rx = to.receiver(link.port());
        if (rx.isEmpty()) {
            return not("no receiver reports on " + link.to() + ", port " + link.port());
        }
        LinkStatus receiver = rx.get();
        if (receiver.isSilent(to.timeMs())) {
            return hangs("receiver", receiver, to);
        }
        if (!receiver.hasConnection()) {
            String error = sender == null ? receiver.lastError() : null;
            return not("the receiver is " + receiver.state() + (error == null ? "" : ": " + error));
        }
        if (!receiver.stream().equals(link.copy())) {
            return not(
                    "port "
                            + link.port()
                            + " of "
                            + link.to()
                            + " receives '"
                            + receiver.stream()
                            + "' from "
                            + receiver.peer());
        }
        if (sender != null && !sender.works()) {
            return hindered("transmitter", link.from(), sender);
        }
        if (!receiver.works()) {
            return hindered("receiver", link.to(), receiver);
        }
        String trip = sender == null ? "" : roundTrip(sender, receiver);
        if (isUnwritten(link, from)) {
            return well("connected" + trip + "; no frame yet: the source has not been written");
        }
        if (receiver.framesOut() + receiver.repeated() == 0) {
            return sender == null
                    ? well("connected; no frame yet: a C program sends only new frames")
                    : not("connected, but no frame has arrived");
        }
        Double age = receiver.ageP50Us();
        return well(
                "frames arrive"
                        + counter(link, to, copyBefore)
                        + (age == null ? "" : ", " + micros(age) + " old")
                        + trip);
    }

    private static Verdict ofMilkReceiver(
            Link link, LinkStatus sender, Facts from, Facts to, @Nullable Long copyBefore) {
        if (!sender.works()) {
            return hindered("transmitter", link.from(), sender);
        }
        Facts.Stream copy = to.streams().get(link.copy());
        if (isUnwritten(link, from)) {
            return well("connected; no frame yet: the source has not been written");
        }
        if (copy == null || sender.framesOut() == 0) {
            return not("connected, but no frame has arrived");
        }
        return copyBefore != null && copy.cnt0() == copyBefore
                ? not("connected, but cnt0 of the copy stays at " + copyBefore)
                : well("frames arrive" + counter(link, to, copyBefore));
    }

    private static boolean isUnwritten(Link link, Facts from) {
        Facts.Stream source = from.streams().get(link.stream());
        return source != null && source.cnt0() == 0;
    }

    private static String counter(Link link, Facts to, @Nullable Long before) {
        Facts.Stream copy = to.streams().get(link.copy());
        if (copy == null) {
            return "";
        }
        return before == null || before == copy.cnt0()
                ? ", cnt0 " + copy.cnt0()
                : ", cnt0 " + before + " to " + copy.cnt0();
    }

    private static String roundTrip(LinkStatus sender, LinkStatus receiver) {
        Double there = receiver.roundTripUs();
        Double here = sender.roundTripUs();
        Double trip = there == null ? here : there;
        if (there != null && here != null) {
            trip = Math.min(here, there);
        }
        return trip == null ? "" : ", round trip " + micros(trip);
    }

    private static String micros(double us) {
        return String.format(Locale.ROOT, us < 10_000 ? "%.0f µs" : "%.3g µs", us);
    }
}
