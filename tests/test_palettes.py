import itertools

import pytest

from observatoire.classify import OUTSIDE
from observatoire.palettes import (
    LOOKS,
    areas,
    contrast,
    diverging,
    luminance,
    map_colours,
    sequential,
    text_on,
)

# Simulation of the three dichromacies (Viénot, Brettel and Mollon 1999; Machado 2009, severity 1)
# on linear RGB.
DICHROMACIES = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def linear(colour):
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def lightness(rgb):
    y = sum(w * max(0, min(1, c)) for w, c in zip((0.2126, 0.7152, 0.0722), rgb, strict=True))
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


def simulated(colour, matrix):
    rgb = linear(colour)
    return [sum(w * c for w, c in zip(row, rgb, strict=True)) for row in matrix]


@pytest.mark.parametrize("classes", range(1, 7))
def test_text_on_any_class_reads_at_least_at_four_and_a_half_to_one(classes):
    for colour in (*sequential(classes), *areas(classes)):
        assert contrast(text_on(colour), colour) >= 4.5
    for colour in (*diverging(), *LOOKS.values()):
        assert contrast(text_on(colour), colour) >= 4.5


@pytest.mark.parametrize("classes", range(2, 7))
def test_the_ramp_darkens_steadily_also_for_colour_blind_readers(classes):
    for ramp in (sequential(classes), areas(classes)):
        darkens(ramp)


def darkens(ramp):
    for matrix in (((1, 0, 0), (0, 1, 0), (0, 0, 1)), *DICHROMACIES.values()):
        steps = [lightness(simulated(colour, matrix)) for colour in ramp]
        assert all(high - low >= 8 for high, low in itertools.pairwise(steps))


@pytest.mark.parametrize("vision", ["usual", *DICHROMACIES])
def test_neighbouring_classes_are_ten_or_more_apart_for_every_reader(vision):
    """ΔE of CIELAB (1976); under ten, two fills that do not touch are taken for one."""
    matrix = DICHROMACIES.get(vision, ((1, 0, 0), (0, 1, 0), (0, 0, 1)))
    ramps = [ramp(classes) for ramp in (sequential, areas) for classes in range(2, 7)]
    for ramp in (*ramps, diverging()):
        for one, other in itertools.pairwise(ramp):
            assert distance(one, other, matrix) >= 10, (vision, one, other)


def test_the_simulation_leaves_grey_as_it_is_and_merges_red_with_green():
    """The check can fail: a palette of reds and greens would not pass it."""
    for matrix in DICHROMACIES.values():
        assert distance("#808080", "#808080", matrix) == 0
        grey = lab(simulated("#808080", matrix))
        assert grey == pytest.approx(lab(linear("#808080")), abs=0.5)
    assert distance("#b2182b", "#4d7a1f", DICHROMACIES["deuteranopia"]) < 10
    assert distance("#b2182b", "#4d7a1f", ((1, 0, 0), (0, 1, 0), (0, 0, 1))) > 60


def test_no_class_is_red():
    for classes in range(1, 7):
        for colour in sequential(classes):
            red, _, blue = linear(colour)
            assert blue > red


def test_an_absence_never_looks_like_a_class():
    for classes in range(1, 7):
        ramp = set(sequential(classes))
        assert ramp.isdisjoint(LOOKS[letter] for letter in OUTSIDE)
    assert set(map_colours(5)) == {"0", "1", "2", "3", "4", *LOOKS}
    assert set(map_colours(0)) == set(LOOKS)


def test_the_two_ramps_are_never_taken_for_each_other():
    """Areas are warm where neighbourhoods are cold, with every common colour-blindness too."""
    identity = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    for matrix in (identity, DICHROMACIES["protanopia"], DICHROMACIES["deuteranopia"]):
        for cold, warm in itertools.product(sequential(5), areas(5)):
            assert warmth(simulated(cold, matrix)) < 0 < warmth(simulated(warm, matrix))
    for cold, warm in itertools.product(sequential(5), areas(5)):
        assert distance(cold, warm, DICHROMACIES["tritanopia"]) >= 8


def warmth(rgb):
    """b* of CIELAB: yellow above zero, blue under."""
    return lab(rgb)[2]


def distance(one, other, matrix):
    pairs = zip(lab(simulated(one, matrix)), lab(simulated(other, matrix)), strict=True)
    return sum((a - b) ** 2 for a, b in pairs) ** 0.5


def lab(rgb):
    """CIELAB of linear RGB, white D65."""
    rows = (
        (0.4124, 0.3576, 0.1805, 0.95047),
        (0.2126, 0.7152, 0.0722, 1.0),
        (0.0193, 0.1192, 0.9505, 1.08883),
    )
    bounded = [max(0.0, min(1.0, part)) for part in rgb]
    x, y, z = (
        root(sum(w * c for w, c in zip(row[:3], bounded, strict=True)) / row[3]) for row in rows
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def root(part):
    return part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116


def test_too_many_classes_are_refused():
    with pytest.raises(ValueError, match="between 1 and 6"):
        sequential(7)


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert luminance("#ffffff") == pytest.approx(1)
