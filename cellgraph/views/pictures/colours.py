"""Colours of pictures: what a role looks like in each theme.

Hues are those of Okabe and Ito, which people with any kind of colour blindness can tell apart; nothing is said by hue
alone (shapes, dashes and names say it too). `print` has greys only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Theme = Literal["light", "dark", "auto", "print"]


@dataclass(frozen=True)
class Look:
    """Fill and outline of a role's boxes, and the dash pattern that tells it apart without colour."""

    light: tuple[str, str]
    dark: tuple[str, str]
    printed: tuple[str, str]
    dash: str = ""


LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "input": Look(("#ffffff", "#5b6470"), ("#20262e", "#9aa5b1"), ("#ffffff", "#000000")),
        "state": Look(("#eff8f4", "#00795a"), ("#12302a", "#3fc49c"), ("#ffffff", "#000000")),
        "carry": Look(("#c9eadd", "#00795a"), ("#0d3b30", "#3fc49c"), ("#ffffff", "#000000")),
        "output": Look(("#eff8f4", "#00795a"), ("#12302a", "#3fc49c"), ("#ffffff", "#000000")),
        "param": Look(("#f3e6ee", "#9c4f7c"), ("#3a2232", "#d79abc"), ("#ffffff", "#000000"), "2 2"),
        "const": Look(("#f1f3f5", "#5b6470"), ("#262d36", "#9aa5b1"), ("#ffffff", "#000000"), "2 2"),
        "seed": Look(("#f3e6ee", "#9c4f7c"), ("#3a2232", "#d79abc"), ("#ffffff", "#000000")),
        "derived": Look(("#f1f3f5", "#5b6470"), ("#262d36", "#9aa5b1"), ("#ffffff", "#000000")),
        "gate": Look(("#d8e9f6", "#0066a6"), ("#10344f", "#62b3ea"), ("#dedede", "#000000")),
        "coefficient": Look(("#f2f8fc", "#0066a6"), ("#0f2433", "#62b3ea"), ("#f2f2f2", "#000000")),
        "mask": Look(("#f2f8fc", "#0066a6"), ("#0f2433", "#62b3ea"), ("#f2f2f2", "#000000"), "2 2"),
        "candidate": Look(("#fdebc8", "#a76f00"), ("#443207", "#e9b13f"), ("#ffffff", "#000000"), "5 2.5"),
        "stabiliser": Look(("#ffffff", "#00795a"), ("#14201d", "#3fc49c"), ("#ffffff", "#000000"), "1 2.5"),
        "normaliser": Look(("#ffffff", "#00795a"), ("#14201d", "#3fc49c"), ("#ffffff", "#000000"), "7 2"),
        "buffer": Look(("#ffffff", "#00795a"), ("#14201d", "#3fc49c"), ("#ffffff", "#000000"), "3 2"),
        "glyph": Look(("#fdeef4", "#96587a"), ("#33222c", "#c993b1"), ("#ffffff", "#000000")),
    }
)
"""What every role looks like, and an operation that plays none."""

PLAIN: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "paper": ("#ffffff", "#0f1419", "#ffffff"),
        "frame": ("#fafbfc", "#161c23", "#ffffff"),
        "rim": ("#c9d1d9", "#3a444f", "#8a8a8a"),
        "sheet": ("#8a95a1", "#6b7784", "#000000"),
        "ink": ("#16191d", "#e8ecf0", "#000000"),
        "muted": ("#59636e", "#a3adb8", "#444444"),
        "line": ("#59636e", "#8b96a2", "#000000"),
        "belt": ("#00795a", "#3fc49c", "#000000"),
        "gradient": ("#c2410c", "#ff9d5c", "#000000"),
        "calm": ("#b6bec7", "#46515c", "#b0b0b0"),
        "added": ("#0066a6", "#62b3ea", "#000000"),
        "added.fill": ("#d8e9f6", "#10344f", "#ffffff"),
        "removed": ("#b34700", "#ff9d5c", "#000000"),
        "removed.fill": ("#fce4d4", "#452410", "#ffffff"),
    }
)


THEMES: Mapping[Theme, int] = MappingProxyType({"light": 0, "auto": 0, "dark": 1, "print": 2})
"""The place of a theme in these tables; `auto` is light (a style sheet adds the dark)."""

PALETTES: Mapping[Theme, Mapping[str, str]] = MappingProxyType(
    {
        theme: MappingProxyType(
            {key: shades[k] for key, shades in PLAIN.items()}
            | {
                f"{role}.{part}": (look.light, look.dark, look.printed)[k][n]
                for role, look in LOOKS.items()
                for n, part in enumerate(("fill", "stroke"))
            }
        )
        for theme, k in THEMES.items()
    }
)
"""Every colour key with its colour, for each theme."""
