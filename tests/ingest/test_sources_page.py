"""The page on sources: its TOML examples are valid sources, and read what they say they read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pandas as pd

import hotspot as hs
from hotspot.ingest import read_source
from hotspot.ingest.mapping import Source

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def test_the_short_example_reads_a_file_of_its_own(tmp_path):
    path = tmp_path / "fire.toml"
    path.write_text(EXAMPLES[0], encoding="utf-8")
    assert len([line for line in EXAMPLES[0].splitlines() if line.strip()]) <= 20
    data = tmp_path / "fires.csv"
    data.write_text(
        "Incident number,Time of call,Easting,Northing,Type\n1,2023-05-06 23:40,318500,176500,primary  DELIBERATE\n",
        encoding="utf-8",
    )
    frame = hs.read_incidents(data, source=path)
    assert frame[["source", "category"]].to_numpy().tolist() == [["fire", "fire_deliberate"]]


def test_the_long_example_shows_every_table_and_is_valid():
    tables = tomllib.loads(EXAMPLES[1])
    source = read_source(tables)
    like_category = {"weapon_group", "setting", "injury", "conveyed", "site"}
    by_area = {"shared_as", "area_counts"}
    assert set(Source.model_fields) - like_category - by_area <= set(tables)
    assert source.time.zone == "Europe/London"


def test_the_long_example_reads_what_it_says(tmp_path):
    rows = [
        "7;05/03/2020;24:00;06/03/2020 09:00;Disorder;A1;suspected;-3,17;51,48;e01000001;1,5",
        "7;05/03/2020;23:10;06/03/2020;Disorder;A1;no;-3,17;51,48;e01000001;2",
        "8;05/05/2020;TBC;;Man with a knife;A1;no;;;not provided;1",
    ]
    header = "Ref;Date;Time;Reported;What happened;Code;DA flag;Lon;Lat;LSOA;Harm"
    (tmp_path / "reports-1.csv").write_bytes("\r\n".join([header, *rows, ""]).encode("cp1252"))
    (tmp_path / "other.csv").write_text("x\n1\n")
    mapping = tomllib.loads(EXAMPLES[1])
    del mapping["category"]["breaks"]
    frame = hs.read_incidents(tmp_path, source=mapping)
    assert frame.index.tolist() == ["local_authority-000002", "local_authority-000003"]
    assert frame["category"].tolist() == ["public_order", "weapons"]
    assert frame["occurred_from"].tolist() == [pd.Timestamp("2020-03-05 23:10"), pd.Timestamp("2020-05-05")]
    assert frame["time_precision"].tolist() == ["minute", "day"]
    assert frame["provider"].unique().tolist() == ["Example Council"]
    assert frame["area_vintage"].fillna("-").tolist() == ["2011", "-"]
    assert frame["weight"].tolist() == [2, 1]
    assert frame["location_level"].tolist() == ["street", "none"]
