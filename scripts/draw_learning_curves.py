"""Draw the validation scores of training runs as one SVG; the logs of a run that went on follow each other in time.

python scripts/draw_learning_curves.py "two voices" docs/learning-curves/two-voices-*.csv --out two-voices.svg
"""

from __future__ import annotations

import argparse
import csv
import html
import math
from collections.abc import Sequence
from pathlib import Path

SCORE = "si_snri_db"
WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 36, 44

Point = tuple[float, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("title")
    parser.add_argument("logs", nargs="+", type=Path, metavar="LOG.csv")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.svg")
    arguments = parser.parse_args()
    parts = read_logs(arguments.logs)
    arguments.out.write_text(draw(arguments.title, parts), encoding="utf-8")


def read_logs(paths: Sequence[Path]) -> list[list[Point]]:
    """Minutes since the first run began, and dB; each run begins when the one before it ended."""
    parts: list[list[Point]] = []
    for path in paths:
        before_min = parts[-1][-1][0] if parts else 0.0
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        parts.append([(before_min + float(row["elapsed_s"]) / 60.0, float(row[SCORE])) for row in rows])
    return parts


def draw(title: str, parts: Sequence[Sequence[Point]]) -> str:
    points = [point for part in parts for point in part]
    longest_min = max(minutes for minutes, _ in points)
    low_db = math.floor(min(score for _, score in points) * 2) / 2
    high_db = max(math.ceil(max(score for _, score in points) * 2) / 2, low_db + 0.5)

    def place(point: Point) -> str:
        x = LEFT + point[0] / longest_min * (WIDTH - LEFT - RIGHT)
        y = TOP + (high_db - point[1]) / (high_db - low_db) * (HEIGHT - TOP - BOTTOM)
        return f"{x:.1f},{y:.1f}"

    lines = [_line(place((0.0, db)), place((longest_min, db)), f"{db:g}") for db in _steps(low_db, high_db)]
    curves = [f'<polyline points="{" ".join(map(place, part))}"/>' for part in parts]
    dots = [_dot(place(point)) for point in points]
    return "\n".join([_head(title), *lines, *curves, *dots, _foot(longest_min), "</svg>", ""])


def _steps(low_db: float, high_db: float) -> list[float]:
    return [low_db + 0.5 * index for index in range(round((high_db - low_db) * 2) + 1)]


def _head(title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12" fill="#222">\n<title>{html.escape(title)}</title>\n'
        "<style>polyline{fill:none;stroke:#1f5fa8;stroke-width:2}line{stroke:#ddd}circle{fill:#1f5fa8}</style>\n"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n'
        f'<text x="{LEFT}" y="20" font-size="14">{html.escape(title)}: SI-SNRi on validation speakers, dB</text>'
    )


def _line(start: str, end: str, label: str) -> str:
    (x1, y1), (x2, y2) = start.split(","), end.split(",")
    text = f'<text x="{LEFT - 8}" y="{float(y1) + 4:.1f}" text-anchor="end">{label}</text>'
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>{text}'


def _dot(place: str) -> str:
    x, y = place.split(",")
    return f'<circle cx="{x}" cy="{y}" r="2.5"/>'


def _foot(longest_min: float) -> str:
    y, right = HEIGHT - BOTTOM + 18, WIDTH - RIGHT
    return (
        f'<text x="{LEFT}" y="{y}">0</text><text x="{right}" y="{y}" text-anchor="end">{longest_min:.0f}</text>'
        f'<text x="{(LEFT + right) / 2:.0f}" y="{y + 16}" text-anchor="middle">minutes of training</text>'
    )


if __name__ == "__main__":
    main()
