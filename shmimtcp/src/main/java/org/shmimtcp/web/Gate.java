package org.shmimtcp.web;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.http.HttpCookie;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.HostPort;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.transport.Tls;

/**
 * Access check for every request: same-origin only, a Host header that names this server, and, if
 * configured, a bearer token or a verified client certificate.
 *
 * <p>A page of any site can make a browser send requests to addresses that only this machine
 * reaches. If its own host name resolves to such an address ("DNS rebinding"), the page can also
 * read the answers. So only host names that an attacker cannot choose are accepted.
 */
final class Gate extends Handler.Wrapper {
    private static final String COOKIE = "shmimtcp";
    private static final String BEARER = "Bearer ";
    private static final String QUERY = "token";
    private static final Set<String> OWN_NAMES =
            Set.of("localhost", "127.0.0.1", "[::1]", "::1", "ip6-localhost");

    /** Headers that restrict what browsers do with the pages. */
    private static final List<HttpField> HEADERS =
            List.of(
                    new HttpField(
                            "Content-Security-Policy",
                            "default-src 'self'; img-src 'self' blob: data:; base-uri 'none';"
                                    + " form-action 'self'; frame-ancestors 'none'"),
                    new HttpField("X-Content-Type-Options", "nosniff"),
                    new HttpField("Referrer-Policy", "no-referrer"),
                    new HttpField("Cross-Origin-Resource-Policy", "same-origin"),
                    new HttpField("Cross-Origin-Opener-Policy", "same-origin"));

    private final byte @Nullable [] tokenHash;
    private final @Nullable Tls tls;
    private final boolean loopback;

    /**
     * @param token the access token; null if none is required
     * @param tls null for plain http
     * @param loopback true if only this machine can reach the server
     */
    Gate(@Nullable String token, @Nullable Tls tls, boolean loopback) {
        this.tokenHash = token == null ? null : hash(token);
        this.tls = tls;
        this.loopback = loopback;
    }

    private static byte[] hash(String text) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        HEADERS.forEach(response.getHeaders()::put);
        HttpFields headers = request.getHeaders();
        if (!isOurName(headers.get(HttpHeader.HOST)) || !isOurOrigin(headers)) {
            refuse(
                    response,
                    callback,
                    HttpStatus.FORBIDDEN_403,
                    "this server does not have that name: open it as http://localhost:PORT/ (a"
                            + " tunnel: ssh -L)");
            return true;
        }
        if (tls != null && !request.isSecure()) {
            refuse(
                    response,
                    callback,
                    HttpStatus.UPGRADE_REQUIRED_426,
                    "this port talks TLS: open https://" + headers.get(HttpHeader.HOST) + "/");
            return true;
        }
        String path = Request.getPathInContext(request);
        if (isOpen() || path.equals(Pages.HEALTH) || isCertified(request)) {
            return super.handle(request, response, callback);
        }
        if (tokenHash == null) {
            refuse(
                    response,
                    callback,
                    HttpStatus.UNAUTHORIZED_401,
                    "a certificate is needed, signed by the trusted CA");
            return true;
        }
        if (isToken(bearer(headers)) || isToken(cookie(request))) {
            return super.handle(request, response, callback);
        }
        String typed = typed(request, path);
        if (isToken(typed)) {
            enter(String.valueOf(typed), request, response, callback);
        } else if (path.equals("/") || path.equals(Pages.LOGIN)) {
            askForToken(response, callback, typed != null);
        } else {
            refuse(
                    response,
                    callback,
                    HttpStatus.UNAUTHORIZED_401,
                    "a token is needed: Authorization: Bearer TOKEN");
        }
        return true;
    }

    private boolean isOurName(@Nullable String host) {
        if (host == null) {
            return false;
        }
        // Otherwise the token or TLS protects: a browser sends the cookie to no other name, and
        // accepts a certificate for no other name.
        if (!isOpen()) {
            return true;
        }
        try {
            return OWN_NAMES.contains(new HostPort(host).getHost());
        } catch (IllegalArgumentException noHost) {
            return false;
        }
    }

    private static boolean isOurOrigin(HttpFields headers) {
        String origin = headers.get(HttpHeader.ORIGIN);
        String host = headers.get(HttpHeader.HOST);
        return origin == null
                || origin.equals("http://" + host)
                || origin.equals("https://" + host);
    }

    /** True if no token or certificate is required: only users of this machine reach the server. */
    private boolean isOpen() {
        return tokenHash == null && tls == null && loopback;
    }

    private boolean isCertified(Request request) {
        if (tls == null
                || !(request.getAttribute(EndPoint.SslSessionData.ATTRIBUTE)
                        instanceof EndPoint.SslSessionData session)) {
            return false;
        }
        X509Certificate @Nullable [] chain = session.peerCertificates();
        return chain != null && chain.length > 0 && tls.isMeant(chain[0]);
    }

    /** Compares in constant time, so that response times reveal nothing about the token. */
    private boolean isToken(@Nullable String given) {
        return given != null && tokenHash != null && MessageDigest.isEqual(tokenHash, hash(given));
    }

    private static @Nullable String bearer(HttpFields headers) {
        String value = headers.get(HttpHeader.AUTHORIZATION);
        return value != null && value.startsWith(BEARER) ? value.substring(BEARER.length()) : null;
    }

    private static @Nullable String cookie(Request request) {
        return Request.getCookies(request).stream()
                .filter(cookie -> cookie.getName().equals(COOKIE))
                .map(HttpCookie::getValue)
                .findFirst()
                .orElse(null);
    }

    /** Returns the token from the link that the server printed, or from its form. */
    private static @Nullable String typed(Request request, String path) throws Exception {
        if (path.equals(Pages.LOGIN) && request.getMethod().equals("POST")) {
            Fields form = Request.getParameters(request);
            return form.getValue(QUERY);
        }
        return path.equals("/") ? Request.extractQueryParameters(request).getValue(QUERY) : null;
    }

    /** Moves the token from the address line into a cookie. */
    private static void enter(String token, Request request, Response response, Callback callback) {
        HttpCookie cookie =
                HttpCookie.build(COOKIE, token)
                        .path("/")
                        .httpOnly(true)
                        .sameSite(HttpCookie.SameSite.STRICT)
                        .secure(request.isSecure())
                        .build();
        Response.addCookie(response, cookie);
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        Response.sendRedirect(request, response, callback, HttpStatus.SEE_OTHER_303, "/", true);
    }

    private static void askForToken(Response response, Callback callback, boolean wrong) {
        response.setStatus(HttpStatus.UNAUTHORIZED_401);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/html; charset=utf-8");
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        String page =
                "<!doctype html><html lang=en><meta charset=utf-8><title>shmimTCP</title>"
                        + "<h1>shmimTCP</h1><form method=post action=/login><p><label>Token"
                        + " <input name=token type=password autofocus required></label>"
                        + " <button>Open</button></form><p>"
                        + (wrong
                                ? "<strong>That token is wrong.</strong>"
                                : "The server printed it at its start, or read it from its token"
                                        + " file.")
                        + "</p></html>";
        Content.Sink.write(response, true, page, callback);
    }

    static void refuse(Response response, Callback callback, int status, String reason) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain; charset=utf-8");
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        Content.Sink.write(response, true, reason + "\n", callback);
    }
}
