"""How colours look to people who see fewer: `python -m tests.ui.sight` draws the kept pictures so.

The matrices are those of Machado, Oliveira and Fernandes (2009) for full deuteranopia and
protanopia, and the luminance of ITU-R BT.709 for a grey screen or print.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image

Matrix = tuple[tuple[float, float, float], ...]
SIGHTS: dict[str, Matrix] = {
    "grey": ((0.2126, 0.7152, 0.0722),) * 3,
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
}
KEPT = Path(__file__).parents[1] / "golden" / "pictures"
OUT = Path("build/sight")


def _to_linear(value: int) -> float:
    part = value / 255
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _from_linear(part: float) -> int:
    part = min(1.0, max(0.0, part))
    return round(255 * (part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055))


def seen(colour: str, sight: str) -> str:
    """A colour, as `#RRGGBB`, the way it is seen."""
    parts = [_to_linear(int(colour[at : at + 2], 16)) for at in (1, 3, 5)]
    rows = SIGHTS[sight]
    made = (sum(weight * part for weight, part in zip(row, parts, strict=True)) for row in rows)
    return "#" + "".join(f"{_from_linear(part):02X}" for part in made)


def picture(image: Image.Image, sight: str) -> Image.Image:
    """A whole picture, the way it is seen: each of its few colours is turned once."""
    small = image.convert("RGB").quantize(128, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette = small.getpalette() or []
    turned: list[int] = []
    for at in range(0, len(palette), 3):
        colour = "#{:02X}{:02X}{:02X}".format(*palette[at : at + 3])
        turned += bytes.fromhex(seen(colour, sight)[1:])
    small.putpalette(turned)
    return small.convert("RGB")


def main() -> None:
    """The usual size of each screen, in the three ways."""
    OUT.mkdir(parents=True, exist_ok=True)
    for path in sorted(KEPT.glob("*/1366-*-en-*.png")):
        image = Image.open(path)
        for sight in SIGHTS:
            picture(image, sight).save(OUT / f"{path.parent.name}-{path.stem}-{sight}.png")


if __name__ == "__main__":
    main()
