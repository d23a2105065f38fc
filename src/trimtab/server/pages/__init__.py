"""Pages for people: plain HTML, made here, that works without a script."""
