"""Every published set of records or counts is read by a built-in source or a mapping of at most twenty lines.

Sets without records or counts by area are not sources: boundaries, lookups, postcodes, gazetteers, travel times, and
the textbook point patterns and lattices, whose coordinates have no place on Earth and whose points have no time.
"""

from __future__ import annotations

import tarfile
import tomllib

import geopandas as gpd
import pandas as pd
import pytest

import hotspot as hs
from hotspot.ingest import read_source

pytestmark = pytest.mark.real_data

FIRES = """
name = "fire"
label = "London Fire Brigade dwelling fires"
health = false
[columns]
occurred_from = "date"
easting = "easting_rounded"
northing = "northing_rounded"
area_code = "ward"
[place]
uncertainty_m = 35
[category]
value = "other"
"""
SHOOTINGS = """
name = "shootings"
label = "Shootings reported in the news, Virginia"
health = false
required = ["occurred_from"]
[columns]
id = "incident_id"
occurred_from = "date"
location_text = "address"
provider = "city_or_county"
[time]
zone = "America/New_York"
[category]
value = "stab_gunshot_penetrating"
"""
THEFTS = """
name = "police"
label = "New York vehicle thefts"
health = false
required = ["occurred_from", "longitude", "latitude"]
[columns]
id = "uid"
occurred_from = "date_start"
occurred_to = "date_end"
longitude = "longitude"
latitude = "latitude"
area_code = "census_block"
[time]
zone = "America/New_York"
[category]
value = "vehicle_crime"
"""
SEATTLE_POLICE = """
name = "police"
label = "Seattle police responses"
health = false
[columns]
occurred_from = "At.Scene.Time"
longitude = "Longitude"
latitude = "Latitude"
category = "Event.Clearance.Group"
offence = "Event.Clearance.Group"
[time]
format = "%m/%d/%y %H:%M"
zone = "America/Los_Angeles"
[category]
default = "other"
[category.map]
"ASSAULTS" = "assault"
"ROBBERY" = "robbery"
"HOMICIDE" = "homicide"
"WEAPONS CALLS" = "weapons"
"BURGLARY" = "burglary"
"""
ROBBERIES = """
name = "police"
label = "Memphis robberies"
health = false
[columns]
occurred_from = "date"
easting = "x"
northing = "y"
[time]
zone = "America/Chicago"
[place]
crs = 32616
[category]
value = "robbery"
"""
ARSON = ROBBERIES.replace("Memphis robberies", "Chicago arson").replace("32616", "26971").replace(
    '"robbery"', '"arson_criminal_damage"'
)  # fmt: skip
OWN = [FIRES, SHOOTINGS, THEFTS, SEATTLE_POLICE, ROBBERIES, ARSON]


def read(data, source, **options):
    """Read with a source and check the account: read = kept + rejected, kept = located + unlocatable."""
    mapping = tomllib.loads(source) if isinstance(source, str) and "\n" in source else source
    with hs.recording() as notes:
        frame = hs.read_incidents(data, source=mapping, **options)
    facts = next(n.facts for n in notes if n.step == "read_incidents")
    assert facts["read"] == facts["kept"] + sum(facts.get("rejected", {}).values())
    assert facts["kept"] == len(frame) == facts["located"] + facts["unlocatable"]
    assert facts["located"] == frame.geometry.notna().sum()
    return frame, facts


@pytest.mark.parametrize("source", OWN)
def test_a_mapping_of_ones_own_has_at_most_twenty_lines(source):
    assert len([line for line in source.splitlines() if line.strip()]) <= 22 - source.count("[category.map]") * 2
    assert read_source(tomllib.loads(source)).label


def test_surrey(real_data):
    frame, facts = read(real_data / "police_uk_surrey" / "2020-08_2021-08", "police_uk")
    assert facts["read"] == 102_508
    assert 0.0185 < facts["unlocatable"] / facts["kept"] < 0.029
    assert set(frame["area_vintage"].dropna()) == {"2011"}
    assert set(frame["time_precision"]) == {"month"}
    ids = pd.concat(
        pd.read_csv(file, usecols=["Crime ID"])["Crime ID"]
        for file in (real_data / "police_uk_surrey" / "2020-08_2021-08").glob("*/*-street.csv")
    )
    assert (frame["category"] == "antisocial_behaviour").sum() == ids.isna().sum() > 19_000
    with pytest.raises(hs.InputError, match="'violence_and_sexual_offences', which holds everything"):
        hs.select_violence(frame, "serious_street_visible")


def test_london_api(real_data):
    frame, facts = read(real_data / "police_uk_london_api" / "london_wards_crimes_2017.parquet", "police_uk")
    assert facts["read"] == 810_425
    assert facts["duplicates"] / facts["read"] == pytest.approx(0.048, abs=0.003)
    assert "unmapped" not in facts
    assert frame["area_code"].nunique() == 483
    assert (frame["provider"] == "British Transport Police").any()


def test_london_api_as_it_was_sent(real_data, tmp_path):
    with tarfile.open(real_data / "police_uk_london_api" / "raw" / "london_month_2017_06.json.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    whole = pd.read_parquet(real_data / "police_uk_london_api" / "london_wards_crimes_2017.parquet", columns=["month"])
    frame, facts = read(tmp_path, "police_uk")
    assert len(facts["files"]) == 496
    assert facts["read"] == int((whole["month"] == "2017-06").sum())
    assert set(frame["occurred_from"]) == {pd.Timestamp("2017-06-01")}


def test_london_wards(real_data):
    rates = {
        "police": "Violence against the person rate - 2014/15",
        "ambulance": "Rate of All Ambulance Incidents per 1,000 population - 2014",
        "fire": "Deliberate Fires per 1,000 population - 2014",
    }
    file = real_data / "london_ward_profiles" / "ward-profiles-excel-version.csv"
    found = []
    for source, rate in rates.items():
        with hs.recording() as notes:
            found.append(hs.read_area_counts(file, code="New code", source=source, rate=rate))
        facts = notes[-1].facts
        assert facts["read"] == 660 == facts["kept"] + sum(facts.get("rejected", {}).values())
    wards = pd.concat(found, axis="columns")
    wards = wards[wards.index.str.startswith("E05")]
    assert len(wards) == 624
    assert wards["rate_police"].corr(wards["rate_ambulance"], method="spearman") == pytest.approx(0.70, abs=0.02)


@pytest.mark.parametrize(
    ("layer", "of_2018"),
    [("violence", 207_885), ("robbery", 32_146), ("weapons", 6_939), ("public-order", 47_264), ("sexual", 0)],
)
def test_london_lsoa_layers(real_data, layer, of_2018):
    file = real_data / "london_lsoa_layers" / "crime" / f"london-2011-2018-major-{layer}.csv"
    counts = hs.read_area_counts(file, code="LSOA11CD", source="police", columns={"n": "2018"})
    assert len(counts) == 4_829
    assert counts["n_police"].sum() == of_2018


def test_england_police_and_admissions(real_data):
    file = real_data / "ew_humaniverse" / "converted" / "imd2025_england_lsoa21_indicators.csv.gz"
    header = pd.read_csv(file, nrows=0).columns
    code = next(name for name in header if "lsoa21" in name.casefold() and "code" in name.casefold())
    injury = next(name for name in header if "injury" in name.casefold() and "violence" in name.casefold())
    rates = hs.read_area_counts(file, code=code, source="police", rate=injury)
    assert len(rates) == 33_755
    assert rates["rate_police"].notna().all()


def test_london_fires(real_data):
    data = real_data / "london_lfb_dwelling_fires"
    frame, facts = read(data, FIRES)
    assert facts["read"] == facts["located"] == 90_146
    assert set(frame["time_precision"]) == {"day"}
    homes = tomllib.loads(FIRES)
    homes["columns"]["setting"] = "property_type"
    homes["setting"] = {"value": "home"}
    frame, facts = read(data, homes)
    assert facts["located"] == 0
    assert frame["area_code"].notna().sum() > 90_000


def test_cincinnati(real_data):
    long = pd.read_json(
        real_data / "cincinnati_police_shotspotter" / "crime_tract_month_2017_2020.json",
        dtype={"census_tract_id_2020": str},
    )
    assert len(long) == 10_848
    month = long[(long["year"] == 2019) & (long["month"] == 7)]
    for source, column in (("police", "n_crime_incidents_violent"), ("sensors", "n_shots_fired")):
        with hs.recording() as notes:
            counts = hs.read_area_counts(month, code="census_tract_id_2020", source=source, columns={"n": column})
        assert len(counts) == len(month) == 226
        assert counts[f"n_{source}"].isna().sum() == month[column].isna().sum() == notes[-1].facts["missing"]["blank"]
        assert counts[f"n_{source}"].sum() == month[column].sum()
        assert not (counts[f"n_{source}"] == 0).any()  # absent is zero or out of the sensors' reach: nobody knows


def test_virginia_visits(real_data):
    table = pd.read_csv(real_data / "virginia_ed_firearm" / "vdh_injuries_2015_2019.csv")
    assert len(table) == 545
    for _, year in table.groupby("year"):
        column = "firearm_injury_visits"
        visits = hs.read_area_counts(year, code="patient_city_county", source="ed", columns={"n": column})
        assert len(visits) == 109
        assert visits["n_ed"].isna().sum() == year[column].isna().sum() > 0
        assert visits["n_ed"].sum() == year[column].sum()


def test_virginia_shootings(real_data):
    with pytest.warns(hs.HotspotWarning, match="gazetteer"):
        frame, facts = read(real_data / "virginia_ed_firearm" / "gva_incidents_virginia_2015_2019.csv", SHOOTINGS)
    assert facts["read"] == len(frame) == 6_935
    assert facts["located"] == 0
    assert frame["occurred_from"].dt.year.nunique() == 5


def test_seattle_dispatch(real_data):
    source = read_source("ems_dispatch").model_dump()
    source["time"]["zone"] = "America/Los_Angeles"
    with pytest.warns(hs.HotspotWarning, match="gazetteer"):
        frame, facts = read(real_data / "seattle_fire_ems_and_police" / "sfd_2017", source)
    assert len(facts["files"]) == 37
    assert facts["read"] > 12_000
    assert set(facts["rejected"]) == {"duplicate id"}
    assert facts["time_formats"]["occurred_from"]["format"] == "month first"
    assert {"health_demand", "assault"} <= set(frame["category"])


def test_seattle_police(real_data):
    file = real_data / "seattle_fire_ems_and_police" / "spd_911_incident_response_2015_sample.csv.gz"
    frame, facts = read(file, SEATTLE_POLICE)
    assert facts["read"] == 91_067
    assert frame["category"].value_counts()[["assault", "robbery", "homicide", "weapons"]].to_list() == [
        3_687, 1_259, 24, 436,
    ]  # fmt: skip
    assert frame.crs.to_epsg() == 32_610


def test_memphis(real_data):
    frame, facts = read(real_data / "memphis_reference" / "ref_memphis_robberies_32616.csv", ROBBERIES)
    assert facts["read"] == facts["located"] == 2_245
    layer = gpd.read_file(real_data / "memphis_sfhotspot" / "memphis_robberies.gpkg").to_crs(32616)
    assert sorted(frame.geometry.x.round(0)) == sorted(layer.geometry.x.round(0))


def test_homicides_by_nibrs(real_data):
    source = read_source("police_nibrs").model_dump()
    source["time"]["zone"] = "America/Chicago"
    table = pd.read_csv(real_data / "crimedata_mpjashby" / "homicides15.csv.gz", dtype=str)
    chicago = table[table["city_name"] == "Chicago"]
    frame, facts = read(chicago, source)
    assert facts["read"] == len(frame) == 499
    assert set(frame["category"]) == {"homicide"}
    assert frame["injury"].all()
    homes = chicago["location_category"].eq("residence").to_numpy()
    assert homes.sum() > 0
    assert frame.geometry.isna().to_numpy()[homes].all()
    everywhere, facts = read(table, source, crs=5070)
    assert facts["read"] == len(everywhere) == 1_922
    serious = hs.select_violence(everywhere, "serious_street_visible")
    assert len(serious) == 1_922 - int((table["location_category"] == "residence").sum())


def test_vehicle_thefts_keep_their_spans(real_data):
    frame, facts = read(real_data / "crimedata_mpjashby" / "nycvehiclethefts.csv.gz", THEFTS)
    assert facts["read"] == 35_746
    span = frame["occurred_to"] - frame["occurred_from"]
    assert span.min() >= pd.Timedelta(0)
    assert (span > pd.Timedelta(hours=1)).sum() > 10_000


def test_chicago_arson(real_data):
    file = real_data / "nearrepeat_chicago" / "extdata" / "chicago_arson.csv"
    with pytest.raises(hs.InputError, match="does not look like a header"):
        read(file, ARSON)
    table = pd.read_csv(file, header=None, names=["x", "y", "date"])
    frame, facts = read(table, ARSON, crs=26971)
    assert facts["read"] == facts["located"] == 522
    assert frame["occurred_from"].min() == pd.Timestamp("2016-01-01")
    in_degrees = frame.to_crs(4326).geometry
    assert in_degrees.x.between(-88, -87).all()
    assert in_degrees.y.between(41.6, 42.1).all()
