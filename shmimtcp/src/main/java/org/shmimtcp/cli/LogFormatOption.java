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
                    "Format of log lines: text (default), or json, one object per line, for"
                            + " programs. Default: the value of $"
                            + LogFormat.VARIABLE
                            + " if it is set.")
    void choose(LogFormat format) {
        LogFormat.choose(format);
    }
}
