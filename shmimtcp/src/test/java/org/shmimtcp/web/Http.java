package org.shmimtcp.web;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Requests to a server on this machine. */
final class Http {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private Http() {}

    /** Returns the answer as text. Headers are names and values in turn. */
    static HttpResponse<String> get(int port, String path, String... headers) throws IOException {
        return send(
                request(port, path, headers).GET().build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Returns the answer as bytes. */
    static HttpResponse<byte[]> bytes(int port, String path) throws IOException {
        return send(request(port, path).GET().build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static HttpRequest.Builder request(int port, String path, String... headers) {
        HttpRequest.Builder builder =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .timeout(Duration.ofSeconds(20));
        return headers.length == 0 ? builder : builder.headers(headers);
    }

    private static <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body)
            throws IOException {
        try {
            return CLIENT.send(request, body);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
