package org.shmimtcp.cli;

import org.shmimtcp.log.LogFormat;
import picocli.CommandLine.Option;

/** The log format option, shared by the commands that log. */
final class LogFormatOption {
    @Option(
            names = "--log-format",
            paramLabel = "FORMAT",
            defaultValue = "${env:" + LogFormat.VARIABLE + ":-text}",
            description =
                    "Log lines as text (default), or as json: an object a line, for programs. Default:"
                            + " what $"
                            + LogFormat.VARIABLE
                            + " says.")
    void choose(LogFormat format) {
        LogFormat.choose(format);
    }
}
