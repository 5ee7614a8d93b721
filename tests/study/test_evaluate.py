"""A study's lists, back-tested from its file: what is compared, what is refused."""

from __future__ import annotations

import re

import pytest

from hotspot.errors import ComparabilityError, ConfigError, InputError
from hotspot.study import check_study, evaluate_study, read_study, write_template


def with_section(folder, lines, *, drop=()):
    """Write the template with another [evaluation], and without the tables named."""
    study = write_template(folder / "study.toml")
    text = study.read_text(encoding="utf-8")
    text = re.sub(r"\[evaluation\].*?\n\n(?=\[)", "[evaluation]\n" + lines + "\n\n", text, flags=re.DOTALL)
    for table in drop:
        text = re.sub(rf"\[{re.escape(table)}\].*?\n\n(?=\[)", "", text, flags=re.DOTALL)
    study.write_text(text, encoding="utf-8")
    return study


def test_fused_and_other_lists_are_compared_on_linked_events(city_folder, tmp_path):
    lines = (
        'source = "events"\ntrain = 6\nmethods = ["count", "near repeat", "fused"]\nbandwidths = [400]\n'
        'linkage = { max_distance = 250, max_gap = "6h" }\nshares = [0.05, 0.1]\ndraws = 99'
    )
    study = with_section(tmp_path, lines, drop=["incidents.police", "agreement"])
    text = study.read_text(encoding="utf-8").replace('public_sources = ["police"]', "")
    study.write_text(text, encoding="utf-8")
    table = evaluate_study(study, data=city_folder, out=tmp_path / "out")
    whole = table.loc["all"]["pai"].xs(0.1, level="area_share")
    assert set(whole.index) == {"last period", "count", "near repeat", "fused", "density 400 m", "random"}
    assert (whole.drop("random") > 1).all()
    # what is counted is what is fused: the same list
    assert whole["fused"] == pytest.approx(whole["count"])
    page = (tmp_path / "out" / "restricted-evaluation" / "evaluation.html").read_text(encoding="utf-8")
    assert "linked events of all sources" in page
    assert "within 250 m and 6h are taken to be one event" in page


def test_the_default_lists_follow_the_data(city_folder, tmp_path):
    table = evaluate_study(with_section(tmp_path, "draws = 0"), data=city_folder, out=tmp_path / "out")
    assert set(table.index.get_level_values("method")) == {
        "last period", "count", "rate", "smoothed rate", "local Moran", "density 400 m", "random",
    }  # fmt: skip
    steps = list(dict.fromkeys(table.index.get_level_values("step")))
    assert len(steps) == 1 + 6
    assert read_study(tmp_path / "study.toml").evaluation.train is None


def test_months_cannot_be_linked(city_folder, tmp_path):
    lines = 'methods = ["fused"]\nlinkage = { max_distance = 250, max_gap = "6h" }'
    with pytest.raises(ComparabilityError, match="time too coarse"):
        evaluate_study(with_section(tmp_path, lines), data=city_folder)


@pytest.mark.parametrize(
    ("lines", "error", "words"),
    [
        ('source = "fire"', ConfigError, "source: 'fire'|source fire"),
        ('source = "events"', ConfigError, "need linkage"),
        ('methods = ["fused"]', ConfigError, "need linkage"),
        ('methods = ["crystal ball"]', ConfigError, "methods"),
        ("shares = [2.0]", ConfigError, "shares"),
        ("trian = 3", ConfigError, "Did you mean 'train'"),
        ("train = 40", InputError, "too few"),
        ('linkage = { max_gapp = "6h" }', ConfigError, "max_gap"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(city_folder, tmp_path, lines, error, words):
    with pytest.raises(error, match=words):
        evaluate_study(with_section(tmp_path, lines), data=city_folder, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_check_tells_of_a_source_that_is_not_there(city_folder, tmp_path):
    with pytest.raises(ConfigError, match=r"\[evaluation\] source"):
        check_study(with_section(tmp_path, 'source = "fire"'), data=city_folder)
