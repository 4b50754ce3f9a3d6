package org.shmimtcp.web;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.picture.StreamView;
import org.shmimtcp.status.Json;
import org.shmimtcp.status.StreamDetails;

/** Answers requests, by path. */
final class Pages extends Handler.Abstract {
    static final String HEALTH = "/health";
    static final String LOGIN = "/login";

    private static final String JSON = "application/json";

    /**
     * Longest wait for a new picture. The browser then repeats its request, so the connection never
     * looks dead.
     */
    private static final long FRAME_WAIT_MS = 1000;

    private static final long EVENT_WAIT_MS = 5000;
    private static final int MAX_CELLS = 2048;

    /** A static file of the program and its content type. */
    private record Asset(String resource, String type) {}

    private static final String UPLOT =
            "/META-INF/resources/webjars/uplot/" + uplotVersion() + "/dist/";
    private static final Map<String, Asset> ASSETS =
            Map.of(
                    "/", new Asset("index.html", "text/html; charset=utf-8"),
                    "/app.js", new Asset("app.js", "text/javascript; charset=utf-8"),
                    "/picture.js", new Asset("picture.js", "text/javascript; charset=utf-8"),
                    "/style.css", new Asset("style.css", "text/css; charset=utf-8"),
                    "/icon.svg", new Asset("icon.svg", "image/svg+xml"),
                    "/uplot.js", new Asset(UPLOT + "uPlot.iife.min.js", "text/javascript"),
                    "/uplot.css", new Asset(UPLOT + "uPlot.min.css", "text/css"));

    /** Returns the version of the uPlot jar on the class path, which is part of its file names. */
    private static String uplotVersion() {
        String properties = "/META-INF/maven/org.webjars.npm/uplot/pom.properties";
        try (InputStream in = Pages.class.getResourceAsStream(properties)) {
            Properties read = new Properties();
            read.load(Objects.requireNonNull(in, "uPlot is not on the class path"));
            return read.getProperty("version");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final Monitor monitor;
    private final FrameViews frames;
    private final Metrics metrics;
    private final Map<String, byte[]> loaded = new ConcurrentHashMap<>();

    Pages(Monitor monitor, FrameViews frames) {
        this.monitor = monitor;
        this.frames = frames;
        this.metrics = new Metrics(monitor);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        String method = request.getMethod();
        if (!method.equals("GET") && !method.equals("HEAD")) {
            Gate.refuse(response, callback, HttpStatus.METHOD_NOT_ALLOWED_405, "GET only");
            return true;
        }
        String path = Request.getPathInContext(request);
        Asset asset = ASSETS.get(path);
        if (asset != null) {
            // Revalidated at each visit, because the program may have been upgraded since.
            response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-cache");
            send(response, callback, asset.type(), load(asset.resource()));
            return true;
        }
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        Fields query = Request.extractQueryParameters(request);
        try {
            switch (path) {
                case HEALTH -> health(query, response, callback);
                case "/metrics" -> metrics(request, response, callback);
                case "/api/overview" -> overview(response, callback);
                case "/api/events" -> events(response, callback);
                case "/api/history" -> history(query, response, callback);
                case "/api/details" -> details(query, response, callback);
                case "/api/frame" -> frame(query, response, callback);
                default ->
                        Gate.refuse(
                                response, callback, HttpStatus.NOT_FOUND_404, "no page " + path);
            }
        } catch (BadRequest wrong) {
            Gate.refuse(
                    response,
                    callback,
                    HttpStatus.BAD_REQUEST_400,
                    String.valueOf(wrong.getMessage()));
        } catch (ImageException unusable) {
            Gate.refuse(
                    response,
                    callback,
                    HttpStatus.NOT_FOUND_404,
                    String.valueOf(unusable.getMessage()));
        } catch (FrameViews.Full full) {
            Gate.refuse(
                    response,
                    callback,
                    HttpStatus.SERVICE_UNAVAILABLE_503,
                    String.valueOf(full.getMessage()));
        }
        return true;
    }

    private byte[] load(String resource) throws IOException {
        byte[] there = loaded.get(resource);
        if (there == null) {
            try (InputStream in = Pages.class.getResourceAsStream(resource)) {
                if (in == null) {
                    throw new IOException("this installation lacks " + resource);
                }
                there = in.readAllBytes();
            }
            loaded.put(resource, there);
        }
        return there;
    }

    /** A parameter of the request is missing or malformed. */
    private static final class BadRequest extends RuntimeException {
        private static final long serialVersionUID = 1L;

        BadRequest(String message) {
            super(message);
        }
    }

    private static String text(Fields query, String name) {
        String value = query.getValue(name);
        if (value == null) {
            throw new BadRequest("?" + name + "= is missing");
        }
        return value;
    }

    private static long number(Fields query, String name, long otherwise, long min, long max) {
        String value = query.getValue(name);
        if (value == null) {
            return otherwise;
        }
        try {
            return Math.clamp(Long.parseLong(value), min, max);
        } catch (NumberFormatException e) {
            throw new BadRequest("?" + name + "= must be a whole number");
        }
    }

    private static void send(Response response, Callback callback, String type, byte[] bytes) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, bytes.length);
        response.write(true, ByteBuffer.wrap(bytes), callback);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Answers 200 while the monitor works; with {@code ?links}, only if all links work, too. */
    private void health(Fields query, Response response, Callback callback) {
        Overview overview = monitor.overview();
        String state = "ok";
        if (overview == null || !monitor.isWell()) {
            state = "the monitor has stopped";
        } else if (overview.trouble() != null) {
            state = "the directory cannot be read";
        } else if (query.getValue("links") != null
                && !overview.links().stream().allMatch(Overview.Link::isUp)) {
            state = "a link is down";
        }
        boolean well = state.equals("ok");
        response.setStatus(well ? HttpStatus.OK_200 : HttpStatus.SERVICE_UNAVAILABLE_503);
        send(response, callback, JSON, utf8(Json.compact(Map.of("status", state)) + "\n"));
    }

    private void metrics(Request request, Response response, Callback callback) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        String type = metrics.write(request.getHeaders().get(HttpHeader.ACCEPT), text);
        send(response, callback, type, text.toByteArray());
    }

    private void overview(Response response, Callback callback) throws InterruptedException {
        Monitor.Snapshot snapshot = monitor.awaitNewer(0, EVENT_WAIT_MS);
        send(response, callback, JSON, utf8(snapshot == null ? "{}" : snapshot.json()));
    }

    /**
     * Sends an overview each second until the browser disconnects. The request's own thread writes
     * it. A browser that does not read delays only this thread, until the connection is closed, and
     * overviews that it misses are not kept.
     */
    private void events(Response response, Callback callback) throws InterruptedException {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream");
        long number = 0;
        try {
            while (!monitor.isClosed()) {
                Monitor.Snapshot snapshot = monitor.awaitNewer(number, EVENT_WAIT_MS);
                if (snapshot == null) {
                    write(response, utf8(": nothing new\n\n"));
                    continue;
                }
                number = snapshot.number();
                write(response, utf8("data: " + snapshot.json() + "\n\n"));
            }
            callback.succeeded();
        } catch (IOException gone) {
            callback.failed(gone);
        }
    }

    private static void write(Response response, byte[] bytes) throws IOException {
        Content.Sink.write(response, false, ByteBuffer.wrap(bytes));
    }

    private void history(Fields query, Response response, Callback callback) {
        LinkHistory.@Nullable Points points = monitor.history().of(text(query, "id"));
        if (points == null) {
            Gate.refuse(response, callback, HttpStatus.NOT_FOUND_404, "no such link");
        } else {
            send(response, callback, JSON, utf8(Json.compact(points)));
        }
    }

    private void details(Fields query, Response response, Callback callback) {
        try (Image image = Image.open(frames.directory(), text(query, "name"))) {
            send(response, callback, JSON, utf8(Json.compact(StreamDetails.of(image))));
        }
    }

    private void frame(Fields query, Response response, Callback callback)
            throws InterruptedException {
        int max = Integer.MAX_VALUE;
        FrameView.Region part =
                new FrameView.Region(
                        (int) number(query, "x", 0, 0, max),
                        (int) number(query, "y", 0, 0, max),
                        (int) number(query, "width", max, 1, max),
                        (int) number(query, "height", max, 1, max));
        byte[] picture =
                frames.await(
                        text(query, "name"),
                        (int) number(query, "slice", StreamView.NEWEST, StreamView.NEWEST, max),
                        number(query, "has", 0, 0, Long.MAX_VALUE),
                        part,
                        (int) number(query, "cells", 512, 1, MAX_CELLS),
                        FRAME_WAIT_MS);
        if (picture == null) {
            response.setStatus(HttpStatus.NO_CONTENT_204);
            response.write(true, null, callback);
        } else {
            Callback gone = Callback.from(callback, () -> frames.sent(picture));
            send(response, gone, "application/octet-stream", picture);
        }
    }
}
