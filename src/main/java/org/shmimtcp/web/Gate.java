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
 * Who comes in: only pages of this server itself, by a name that is really its, and where a token
 * is asked for, who has it, or a certificate that TLS has checked.
 *
 * <p>A page of any site can make a browser ask addresses that only this machine reaches; and by a
 * name that it lets point here ("DNS rebinding") it could read the answers. So a name is taken only
 * if no stranger can choose it.
 */
final class Gate extends Handler.Wrapper {
    private static final String COOKIE = "shmimtcp";
    private static final String BEARER = "Bearer ";
    private static final String QUERY = "token";
    private static final Set<String> OWN_NAMES =
            Set.of("localhost", "127.0.0.1", "[::1]", "::1", "ip6-localhost");

    /** What browsers are told not to do with our pages. */
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
     * @param token null to ask for none
     * @param tls null if this is plain http
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
            throw new IllegalStateException(e); // each JDK has it
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
                    "this name is not this server's: open it as http://localhost:PORT/ (a tunnel:"
                            + " ssh -L)");
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
                    "a certificate is needed, signed by the one of --tls-ca");
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
        // Elsewhere the token protects, as no browser sends its cookie to another name, or TLS, as
        // none takes another name's certificate.
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

    /** True if whoever reaches the server may look: this machine's users. */
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

    /** The same time for any wrong one. */
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

    /** By the link that the server printed, or in its form. */
    private static @Nullable String typed(Request request, String path) throws Exception {
        if (path.equals(Pages.LOGIN) && request.getMethod().equals("POST")) {
            Fields form = Request.getParameters(request);
            return form.getValue(QUERY);
        }
        return path.equals("/") ? Request.extractQueryParameters(request).getValue(QUERY) : null;
    }

    /** Keeps the token in a cookie, and out of the address line. */
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
                                : "The server printed it when it was started, or was given it by"
                                        + " --token-file.")
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
