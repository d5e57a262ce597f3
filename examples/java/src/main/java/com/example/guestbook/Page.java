package com.example.guestbook;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.stream.Collectors;

/** The one page of the guestbook. */
final class Page {
    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm 'UTC'").withZone(ZoneOffset.UTC);

    private static final String LAYOUT = """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Guestbook</title>
        <style>
          :root { color-scheme: light dark; --ink: light-dark(#1d2433, #e8ebf2); --paper: light-dark(#faf7f1, #161a22);
                  --card: light-dark(#fff, #1f2530); --line: light-dark(#e4ddd0, #323a49); --accent: light-dark(#9a3f12, #f0a67a); }
          body { font: 17px/1.55 Georgia, serif; color: var(--ink); background: var(--paper); max-width: 38rem;
                 margin: 0 auto; padding: 2.5rem 1.25rem; }
          h1 { font-size: 2.2rem; margin: 0; } h1 + p { margin-top: .25rem; opacity: .8; }
          form, article { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.2rem; margin: 1rem 0; }
          label { display: block; font-size: .9rem; } input, textarea { font: inherit; color: inherit; width: 100%%; box-sizing: border-box;
                 padding: .45rem .6rem; margin: .2rem 0 .8rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--paper); }
          button { font: inherit; padding: .5rem 1.2rem; border: 0; border-radius: .4rem; background: var(--accent);
                 color: light-dark(#fff, #161a22); cursor: pointer; }
          article p { margin: 0 0 .4rem; overflow-wrap: anywhere; } footer { font-size: .85rem; opacity: .75; }
          .error { color: var(--accent); }
        </style>
        <h1>Guestbook</h1>
        <p>Java %s, kept in memory until the next deploy.</p>
        <form method="post" action="/notes">
          %s
          <label for="name">Your name</label><input id="name" name="name" maxlength="40" autocomplete="name">
          <label for="text">Your note</label><textarea id="text" name="text" rows="3" maxlength="280" required></textarea>
          <button>Sign</button>
        </form>
        %s
        </html>
        """;

    private Page() {}

    static String of(List<Guestbook.Note> notes, String error) {
        String message = error.isEmpty() ? "" : "<p class=\"error\" role=\"alert\">" + escape(error) + "</p>";
        String list = notes.isEmpty() ? "<p>Nobody has signed yet. Be the first.</p>"
            : notes.stream().map(Page::article).collect(Collectors.joining("\n"));
        return LAYOUT.formatted(Runtime.version().feature(), message, list);
    }

    private static String article(Guestbook.Note note) {
        return "<article><p>%s</p><footer>%s, %s</footer></article>"
            .formatted(escape(note.text()), escape(note.name()), CLOCK.format(note.at()));
    }

    static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
