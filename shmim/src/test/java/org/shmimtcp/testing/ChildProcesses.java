package org.shmimtcp.testing;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * Kills processes that a test left running, and adds the output of each process to a failure:
 * {@code @ExtendWith(ChildProcesses.class)}.
 */
public final class ChildProcesses implements AfterEachCallback, TestExecutionExceptionHandler {
    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure)
            throws Throwable {
        List<ChildProcess> children = ChildProcess.started();
        if (!children.isEmpty()) {
            failure.addSuppressed(new WhatProcessesPrinted(children));
        }
        throw failure;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        ChildProcess.started().forEach(ChildProcess::close);
        ChildProcess.started().clear();
    }

    /** Shown below the failure's stack trace. */
    private static final class WhatProcessesPrinted extends Exception {
        private static final long serialVersionUID = 1L;

        WhatProcessesPrinted(List<ChildProcess> children) {
            super(
                    children.stream()
                            .map(ChildProcess::report)
                            .collect(Collectors.joining("\n\n", "\n", "\n")),
                    null,
                    true,
                    false);
        }
    }
}
