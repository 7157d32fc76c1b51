"""A dashboard as a picture, drawn from what Prometheus answered: small multiples of lines, in SVG.

Not Grafana's own drawing: the figures are the ones its panels ask for, the look is ours.
"""

from collections.abc import Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from deploy.grafana.board import Board
from tests.monitoring.evaluation import Drawn, Line

COLOURS = ("#3274d9", "#e0752d", "#56a64b", "#c4162a", "#8f3bb8", "#37872d", "#e0b400", "#5794f2", "#a16207", "#64748b")
WIDTH, HEIGHT, COLUMNS = 400, 218, 3
LEFT, TOP, PLOT_WIDTH, PLOT_HEIGHT = 52, 34, 336, 112
LEGENDS = 8
UNITS = {"s": " s", "percentunit": " (1 = 100 %)", "bytes": " B", "currencyUSD": " USD"}


def draw(board: Board, drawn: Sequence[Drawn], file: Path) -> None:
    """Writes one picture: all panels of `board` that have something to show."""
    panels = [
        (panel, [line for each in found for line in each.lines])
        for panel, found in groupby((d for d in drawn if d.board is board), key=lambda d: d.panel)
    ]
    shown = [(panel, lines) for panel, lines in panels if lines]
    rows = -(-len(shown) // COLUMNS)
    size = f'width="{WIDTH * COLUMNS}" height="{HEIGHT * rows + 30}"'
    title = f'<text x="12" y="20" font-size="15" font-weight="bold">Remanso: {escape(board.title)}</text>'
    cells = "".join(
        f'<g transform="translate({index % COLUMNS * WIDTH},{index // COLUMNS * HEIGHT + 30})">'
        f"{_cell(panel.title + UNITS.get(panel.unit, ''), lines)}</g>"
        for index, (panel, lines) in enumerate(shown)
    )
    background = '<rect width="100%" height="100%" fill="#fff"/>'
    font = 'font-family="sans-serif" font-size="10" fill="#24292f"'
    file.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>{background}{title}{cells}</svg>\n')


def _cell(title: str, lines: Sequence[Line]) -> str:
    times = [at for line in lines for at, _ in line.points]
    first, last = min(times), max(times)
    top = max((value for line in lines for _, value in line.points), default=0.0) or 1.0
    ordered = sorted(lines, key=lambda line: -line.points[-1][1])
    drawn = "".join(_curve(line, (first, last), top, COLOURS[i % len(COLOURS)]) for i, line in enumerate(ordered))
    legend = "".join(_entry(line.legend, i) for i, line in enumerate(ordered[:LEGENDS]))
    frame = (
        f'<rect x="4" y="4" width="{WIDTH - 8}" height="{HEIGHT - 8}" fill="none" stroke="#d0d7de"/>'
        f'<path d="M{LEFT},{TOP}V{TOP + PLOT_HEIGHT}H{LEFT + PLOT_WIDTH}" fill="none" stroke="#8c959f"/>'
        f'<text x="{LEFT - 4}" y="{TOP + 4}" text-anchor="end">{top:.3g}</text>'
        f'<text x="{LEFT - 4}" y="{TOP + PLOT_HEIGHT}" text-anchor="end">0</text>'
        f'<text x="{LEFT + PLOT_WIDTH}" y="{TOP + PLOT_HEIGHT + 11}" text-anchor="end">{last - first:.0f} s</text>'
    )
    return f'{frame}<text x="12" y="22" font-weight="bold">{escape(title)}</text>{drawn}{legend}'


def _curve(line: Line, span: tuple[float, float], top: float, colour: str) -> str:
    width = (span[1] - span[0]) or 1.0
    points = " ".join(
        f"{LEFT + (at - span[0]) / width * PLOT_WIDTH:.1f},{TOP + PLOT_HEIGHT * (1 - max(value, 0.0) / top):.1f}"
        for at, value in line.points
    )
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>'


def _entry(legend: str, index: int) -> str:
    x, y = 12 + index % 2 * 192, TOP + PLOT_HEIGHT + 24 + index // 2 * 11
    return f'<text x="{x}" y="{y}" fill="{COLOURS[index % len(COLOURS)]}">{escape(legend[:34])}</text>'
