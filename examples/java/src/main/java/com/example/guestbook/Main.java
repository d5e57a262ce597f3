package com.example.guestbook;

import io.javalin.Javalin;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts the guestbook on PORT and stops it when the platform says so. */
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger("guestbook");

    private Main() {}

    public static void main(String[] args) {
        int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "8080"));
        Guestbook book = new Guestbook(100);
        Javalin app = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.requestLogger.http((ctx, millis) ->
                LOG.info("{} {} {} in {} ms", ctx.method(), ctx.path(), ctx.status().getCode(), Math.round(millis)));
            config.routes.get("/", ctx -> ctx.html(Page.of(book.notes(), "")));
            config.routes.get("/health", ctx -> ctx.result("ok"));
            config.routes.post("/notes", ctx -> {
                try {
                    book.sign(ctx.formParam("name"), ctx.formParam("text"), Instant.now());
                    ctx.redirect("/");
                } catch (IllegalArgumentException e) {
                    ctx.status(400).html(Page.of(book.notes(), e.getMessage()));
                }
            });
        });
        // SIGTERM runs this hook: requests under way finish, then the process ends.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            LOG.info("stopping");
            app.stop();
            LOG.info("stopped");
        }));
        app.start(port);
        LOG.info("listening on port {}", port);
    }
}
