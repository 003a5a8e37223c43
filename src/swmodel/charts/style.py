"""How every chart looks: colours, sizes and the settings of matplotlib. Colours: Okabe and Ito (2008)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY, INK, FAINT = "#999999", "#222222", "#D9D9D9"

# One colour for each group, and for each kind of partner, in every chart. No chart shows both, so they may share.
COLOURS = {
    "fsw": VERMILLION,
    "clients": BLUE,
    "women": PURPLE,
    "men": SKY,
    "others": GREY,
    "all": GREEN,
    "one_off_client": ORANGE,
    "regular_client": GREEN,
    "own_partner": SKY,
    "casual": GREY,
    "spouse": PURPLE,
}
BASELINE = INK  # as are survey points: what is known or expected, beside what the model adds
LEVERS = (ORANGE, GREEN, PURPLE, SKY, BLUE, VERMILLION)  # scenarios in the order of the comparison, then round again

TITLE, TEXT, SMALL = 13.0, 9.0, 8.0  # points; a chart is 7.2 inches wide, about the text width of A4
LINE, THIN = 2.0, 1.0
BAND = 0.2  # opacity
WIDTH = 7.2
DPI = 200

READABLE = 0.18  # greatest luminance of coloured text: 4.5 to 1 on white (WCAG 2.1, 1.4.3)
SETTINGS = {
    "font.family": "DejaVu Sans",  # ships with matplotlib, so a chart is the same everywhere
    "font.size": TEXT,
    "text.parse_math": False,  # titles are a user's words; a dollar sign is one
    "text.color": INK,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "ytick.major.size": 0.0,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "path",
    "svg.hashsalt": "swmodel",  # identifiers inside an SVG are the same in every drawing
}


def colour(label: str) -> str:
    """The colour of a group or a kind of partner; work settings and named unions share that of sex workers."""
    return COLOURS.get(label, COLOURS["fsw"])


def lever(number: int) -> str:
    """The colour of the `number`-th scenario set beside the baseline, from 0."""
    return LEVERS[number % len(LEVERS)]


def readable(shade: str) -> str:
    """The same hue, darkened until it can be read as text on white."""
    from matplotlib.colors import to_hex, to_rgb

    rgb = to_rgb(shade)
    while luminance(rgb) > READABLE:
        red, green, blue = rgb
        rgb = (0.95 * red, 0.95 * green, 0.95 * blue)
    return to_hex(rgb)


def luminance(rgb: tuple[float, float, float]) -> float:
    """Relative luminance, 0 (black) to 1 (white): WCAG 2.1."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@contextmanager
def drawing() -> Iterator[None]:
    """Matplotlib's own settings with ours over them, whatever the reader's machine is set to."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)  # type: ignore[arg-type]
        yield
