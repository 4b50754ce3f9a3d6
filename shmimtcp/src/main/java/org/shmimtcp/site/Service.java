package org.shmimtcp.site;

import java.util.ArrayList;
import java.util.List;
import org.shmimtcp.publish.PublishOptions;
import org.shmimtcp.subscribe.NamedCopy;
import org.shmimtcp.subscribe.SubscribeOptions;

/** A command that {@code shmim serve} runs beside the links, in a process of its own. */
public sealed interface Service {
    /** Returns the name of its table. */
    String name();

    /** Returns the role of its machine. */
    String on();

    /** Returns what it is, for messages: {@code publisher 'viewers'}. */
    String title();

    /** Returns the arguments of {@code shmim} that run it. */
    List<String> arguments();

    /**
     * A publisher of streams.
     *
     * @param streams names or patterns
     */
    record Publish(String name, String on, List<String> streams, PublishOptions options)
            implements Service {
        public Publish {
            streams = List.copyOf(streams);
        }

        @Override
        public String title() {
            return "publisher '" + name + "'";
        }

        /** Returns the port that it listens on. */
        public int port() {
            return options.get(PublishOptions.PORT);
        }

        @Override
        public List<String> arguments() {
            return command("publish", options.arguments(), streams);
        }
    }

    /**
     * Subscriptions to streams of one server.
     *
     * @param host name or address of the server
     * @param streams in the form {@code NAME[/LOCAL]}
     */
    record Subscribe(
            String name, String on, String host, List<String> streams, SubscribeOptions options)
            implements Service {
        public Subscribe {
            streams = List.copyOf(streams);
        }

        @Override
        public String title() {
            return "subscription '" + name + "'";
        }

        /** Returns the names of the streams that it writes. */
        public List<String> copies() {
            return NamedCopy.parse(streams).stream().map(NamedCopy::local).toList();
        }

        @Override
        public List<String> arguments() {
            List<String> words = new ArrayList<>(List.of(host));
            words.addAll(streams);
            return command("subscribe", options.arguments(), words);
        }
    }

    private static List<String> command(String verb, List<String> options, List<String> words) {
        List<String> command = new ArrayList<>(List.of(verb));
        command.addAll(options);
        command.add("--");
        command.addAll(words);
        return List.copyOf(command);
    }
}
