#!/usr/bin/python3
"""top-picture.py: what a terminal shows, as an SVG picture.

    tmux capture-pane -e -p | client/top-picture.py >client/top.svg

Reads lines with the escape sequences for bold, dim, reversed and the eight colours; writes text in a
monospace font, so that the picture can be searched and a change of it read."""
import re
import sys
from xml.sax.saxutils import escape

WIDTH, HEIGHT, SIZE, MARGIN = 8.43, 18, 14, 12  # of a cell, of a line, of the font, around it all
PAPER, INK = "#1b1e23", "#d8dbe0"
COLORS = ("#4b5058", "#ff7b72", "#7ee787", "#f2cc60", "#79c0ff", "#d2a8ff", "#76e3ea", "#d8dbe0")


class Look:
    """How the next letters look."""

    def __init__(self):
        self.bold = self.dim = self.reverse = False
        self.ink = None

    def take(self, codes):
        for code in [int(c or 0) for c in codes.split(";")]:
            if code == 0:
                self.__init__()
            elif code in (1, 2, 7):
                setattr(self, ("bold", "dim", "reverse")[(1, 2, 7).index(code)], True)
            elif code == 22:
                self.bold = self.dim = False
            elif code == 27:
                self.reverse = False
            elif 30 <= code <= 37:
                self.ink = COLORS[code - 30]
            elif code == 39:
                self.ink = None

    def colors(self):
        """(ink, paper or None)"""
        ink = self.ink or INK
        return (PAPER, ink) if self.reverse else (ink, None)


def runs(lines):
    """(row, column, text, look as (ink, paper, bold, dim)) of letters that look the same."""
    look = Look()
    for row, line in enumerate(lines):
        column = 0
        for codes, text in re.findall(r"\x1b\[([\d;]*)m|([^\x1b]+)", line):
            if not text:
                look.take(codes)
                continue
            yield row, column, text, (*look.colors(), look.bold, look.dim)
            column += len(text)


def draw(lines):
    columns = max(len(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in lines)
    width, height = columns * WIDTH + 2 * MARGIN, len(lines) * HEIGHT + 2 * MARGIN
    yield ('<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" '
           'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="%d">'
           % (width, height, width, height, SIZE))
    yield '<rect width="100%%" height="100%%" rx="6" fill="%s"/>' % PAPER
    for row, column, text, (ink, paper, bold, dim) in runs(lines):
        x, y = MARGIN + column * WIDTH, MARGIN + row * HEIGHT
        if paper:
            yield '<rect x="%.2f" y="%d" width="%.2f" height="%d" fill="%s"/>' % (
                x, y, len(text) * WIDTH, HEIGHT, paper)
        lead = len(text) - len(text.lstrip(" "))
        text = text.strip(" ")
        if text:
            yield '<text x="%.2f" y="%d" textLength="%.2f" fill="%s"%s%s xml:space="preserve">%s</text>' % (
                x + lead * WIDTH, y + SIZE, len(text) * WIDTH, ink, ' font-weight="bold"' if bold else "",
                ' opacity="0.65"' if dim else "", escape(text))
    yield "</svg>"


def main():
    lines = [line.rstrip("\n") for line in sys.stdin]
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        sys.exit("top-picture.py: nothing on stdin")
    print("\n".join(draw(lines)))


if __name__ == "__main__":
    main()
