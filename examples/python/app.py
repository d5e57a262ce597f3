"""A page that turns Markdown into HTML while you type."""

import logging
import signal
import sys
import time

import markdown
from flask import Flask, render_template, request
from markupsafe import Markup, escape

logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(asctime)s %(levelname)s %(message)s")
log = logging.getLogger("preview")

MAX_BYTES = 64 * 1024  # of Markdown in one request
SAMPLE = """\
# Release notes

Slipway built this app from its `requirements.txt`.

* **Edit** this text and watch the other side
* Code, tables and [links](https://daringfireball.net/projects/markdown/) work

| step  | seconds |
|-------|--------:|
| build |      12 |
| start |       1 |
"""

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES


def rendered(text: str) -> Markup:
    """HTML of the Markdown, with any HTML inside it shown as text instead of run."""
    return Markup(markdown.markdown(str(escape(text)).replace("&gt;", ">"), extensions=["tables", "fenced_code"]))


@app.get("/")
def page():
    return render_template("page.html", text=SAMPLE, html=rendered(SAMPLE), python=sys.version.split()[0])


@app.post("/preview")
def preview():
    text = request.get_data(as_text=True)
    started = time.perf_counter()
    html = str(rendered(text))
    log.info("rendered %d characters in %.1f ms", len(text), (time.perf_counter() - started) * 1000)
    return html


@app.get("/health")
def health():
    return "ok"


if __name__ == "__main__":
    # gunicorn handles SIGTERM itself; this is for running the file alone.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    app.run()
