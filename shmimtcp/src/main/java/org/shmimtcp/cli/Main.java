package org.shmimtcp.cli;

import java.io.PrintWriter;
import java.util.List;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.process.ProcessExit;
import picocli.CommandLine;

/** The entry point of all programs: {@code shmim}, and the subcommands that are also programs. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        Processes.rename(Commands.processName(args));
        ProcessExit.with(execute(args));
    }

    /** Runs one command in this JVM, on its standard streams, and returns its exit code. */
    static int execute(String... args) {
        StandardOutput stdout = new StandardOutput();
        PrintWriter out = new PrintWriter(stdout, true, System.out.charset());
        PrintWriter err = new PrintWriter(System.err, true, System.err.charset());
        int exitCode = run(List.of(args), Context.ofProcess(Commands.isPrompt(args)), out, err);
        return stdout.exitCode(exitCode, Commands.processName(args), err);
    }

    /** Runs one command and returns its exit code. */
    public static int run(
            List<String> arguments, Context context, PrintWriter out, PrintWriter err) {
        Commands.Invocation invocation = Commands.forArguments(arguments, context);
        return run(invocation.line(), invocation.arguments(), out, err);
    }

    static int run(CommandLine line, List<String> arguments, PrintWriter out, PrintWriter err) {
        try {
            line.setOut(out).setErr(err);
            return line.execute(arguments.toArray(String[]::new));
        } catch (Error e) { // picocli passes only exceptions to its handler, not errors
            return Failures.report(e, line.getCommandName(), err);
        } finally {
            out.flush();
            err.flush();
        }
    }
}
