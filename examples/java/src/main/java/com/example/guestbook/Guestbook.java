package com.example.guestbook;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The notes that visitors left, newest first. It keeps a fixed number, so that memory stays bounded. */
final class Guestbook {
    /** One visitor's note. */
    record Note(String name, String text, Instant at) {}

    private final int capacity;
    private final Deque<Note> notes = new ArrayDeque<>();

    Guestbook(int capacity) {
        this.capacity = capacity;
    }

    synchronized Note sign(String name, String text, Instant at) {
        Note note = new Note(clip(name, 40, "A visitor"), clip(text, 280, ""), at);
        if (note.text().isEmpty()) {
            throw new IllegalArgumentException("Write a few words before you sign.");
        }
        notes.addFirst(note);
        if (notes.size() > capacity) {
            notes.removeLast();
        }
        return note;
    }

    synchronized List<Note> notes() {
        return List.copyOf(notes);
    }

    private static String clip(String value, int length, String fallback) {
        String trimmed = value == null ? "" : value.strip();
        if (trimmed.isEmpty()) {
            return fallback;
        }
        return trimmed.length() > length ? trimmed.substring(0, length) + "…" : trimmed;
    }
}
