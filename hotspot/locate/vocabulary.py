"""Words of British and American location texts: abbreviations, general words, street types, nicknames of chains."""

from __future__ import annotations

ABBREVIATIONS = {
    "pt": "patient", "pts": "patients", "rd": "road", "ave": "avenue", "av": "avenue", "ln": "lane", "cres": "crescent",
    "dr": "drive", "sq": "square", "pk": "park", "gdns": "gardens", "gdn": "gardens", "stn": "station",
    "uk": "unknown", "unk": "unknown", "nk": "unknown", "na": "unknown", "addr": "address", "hosp": "hospital",
    "nr": "near", "opp": "opposite", "utk": "unknown", "tce": "terrace", "terr": "terrace", "ter": "terrace",
    "pl": "place", "ctr": "centre", "center": "centre", "ct": "court", "wy": "way", "blvd": "boulevard",
    "bv": "boulevard", "bvd": "boulevard", "hwy": "highway", "pkwy": "parkway", "py": "parkway", "str": "street",
    "rbt": "roundabout", "rdbt": "roundabout", "gro": "grove", "cl": "close", "mt": "mount", "outsid": "outside",
    "spld": "supposed", "behnd": "behind",
}  # fmt: skip
_STREET_TYPES = """
alley approach arcade avenue boulevard broadway bypass circus close court crescent drive embankment freeway gardens
gate green grove highway hill lane mews parade parkway passage place quay ride rise road row square street terrace
view walk way wharf wynd yard
"""
STREET_TYPES = frozenset(_STREET_TYPES.split())
"""Last words of street names."""

TYPE_ENDINGS = {
    "st": "street", "str": "street", "rd": "road", "ave": "avenue", "av": "avenue", "ln": "lane", "cres": "crescent",
    "dr": "drive", "sq": "square", "gdns": "gardens", "tce": "terrace", "terr": "terrace", "pl": "place",
}  # fmt: skip
"""Short street types that a slip of the space bar joins to the name before them."""

_SAINTS = """
agnes alban albans albert andrew andrews ann anne annes anns anthony anthonys asaph augustine augustines barnabas
bartholomew bartholomews bees benedict benedicts botolph botolphs bride brides catherine catherines chad chads
christopher clare clares clement clements columba cuthbert cuthberts cyprian david davids dunstan dunstans edmund
edmunds edward edwards ethelbert francis gabriel george georges giles gregory helen helens helier hilda hildas
hugh hughs ives james joan john johns joseph josephs jude judes julian julians katherine kevin laurence lawrence
leonard leonards luke lukes margaret margarets mark marks martin martins mary marys matthew matthews michael
michaels nicholas nicolas ninian olave oswald oswalds pancras patrick patricks paul pauls peter peters philip
philips saviour saviours sepulchre stephen stephens swithin swithun teresa theresa thomas vincent vincents
wilfrid wilfrids winifred
"""
SAINTS = frozenset(_SAINTS.split())
"""Names after which ``st`` is a saint."""

_WORDS = """
a about above account across after afternoon again against ago alley alleyway altercation am an and another area
argument around as assault assaulted at attack attacked away back bar bars beaten been behind being below beside between
bit bitten block bottle bottled bottom brawl broke building bus busy but by cab cafe came cannot car carpark cars
centre city claims close club clubs coach college coming corner council countryside crossroads dance dancefloor day
declined depot did disclosed display disturbance do does domestic door doorman doormen doors doorway down drinking
drunk entrance estate evening event exit fallen fell field fight fighting floor flat foot football found fracas friend
friends from front function gang garage garden gardens get getting given glass glassed go going ground group gym
hall had he headbutted her here high him his hit home hotel hour house hurt i in incident injured inn inside
intersection into is it jumped junction just keeper kicked knocked known lad lads land lane last later leaving left
level live local location lot main male man match mate mates me men middle midnight morning mugged my near nearby new
next night nightclub no not number of off office old on one onto open opposite or other out outside over park parking
parkland part party passenger past path pathway patient patients pavement people pitch place platform play playground
playing pm police police possibly premises presumed prison private property pub public pubs punched pushed queue
railway random rank rear reception recorded recreation refused remember reported restaurant ring road roadside robbed
room roundabout row said same say says scene school seen service shop shopping shops side sidewalk social some
someone somewhere space sports square stabbed staff stairs stairwell state stated station still stop store stranger
strangers street streets struck subway supermarket supposed sure take takeaway taxi tavern that the their them then
there they three through thrown time to today toilet toilets told tonight took top town traffic train tram transport
travelling tube two under underground university unknown unspecified unsure up upstairs used van various vehicle venue
via village visiting waiting walk walking was way we weekend went were when where which while whilst who with
woods work working workplace yard yesterday you youths
"""
GENERAL = frozenset(_WORDS.split())
"""Words too general to name a place, those of the incident among them."""

LEADING = frozenset(
    {
        "a", "an", "and", "approx", "around", "at", "behind", "bottom", "by", "between", "from", "front", "in",
        "inside", "near", "next", "nr", "o", "of", "off", "on", "opposite", "out", "outside", "rear", "the", "to",
        "top", "within",
    }
)  # fmt: skip
"""Words that stand before a name without being part of it."""

TRAILING = frozenset(
    {
        "bar", "club", "hotel", "house", "inn", "night", "nightclub", "pub", "public", "tavern", "the",
    }
)  # fmt: skip
"""Words that say what a venue is; a name is the same with or without them."""

SILENT = frozenset({"the", "and", "teh", "hte", "thee", "thhe", "tthe", "thr", "te", "th", "adn"})
"""Words that are left out of every name, and slips of them: people add and drop them."""

_MODIFIERS = """
big bottom east far great high inner little long lower middle new north old outer royal saint south top upper west
"""
MODIFIERS = frozenset(_MODIFIERS.split())
"""Words that make another name of the name they stand before."""

DIRECTIONS = frozenset({"n", "s", "e", "w", "ne", "nw", "se", "sw"})
"""Compass points that belong to the name of an American street."""

_VAGUE_STREETS = "back busy her his local main my near off open other own public same side some the their unknown"
VAGUE_STREETS = frozenset(_VAGUE_STREETS.split())
"""Words with which a street type names no street: *main road*, *side street*."""

_COMMON = """
anchor angel arms barrel bay beach bear bell bird black blue boar boat bridge brown bull castle cat chapel cherry
church coach coffee corn cottage cow cross crown dog dolphin dragon duck duke eagle fox foxes gold golden
goose grange great green grey half hare hart head heart hen hill holly horse horses hound hounds king kings lamb
lamp lion lions lord market mill moon oak old palace park pig pizza plough prince princess queen queens railway
ram red ring river rose royal sea ship silver star station sun swan tower tree union victoria well wheat white
wood woods year
"""
COMMON = frozenset(_COMMON.split())
"""Words of many names: a text that spells one of them right did not mean another of them."""

_NICKNAMES = {
    "mcdonalds": "maccies maccys mackies macdonalds macdonald mcdonald mcds macd macds maccyd maccyds|maccy ds|maccy d"
    "|mac donalds|mc donalds|mc ds|golden arches",
    "wetherspoons": "spoons wetherspoon weatherspoon weatherspoons witherspoons witherspoon whetherspoons"
    " weatherspons wetherspons spoonies|jd wetherspoon|jd wetherspoons|j d wetherspoon|jd weatherspoons",
    "kfc": "kfcs|kentucky fried chicken",
    "burger king": "burgerking",
    "marks spencer": "mands|m s|marks sparks|marks spencers",
    "sainsburys": "sainos sainsbos sainsbury",
    "tesco": "tescos tescoes",
    "asda": "asdas",
    "aldi": "aldis",
    "lidl": "lidls",
    "morrisons": "morries morrison",
    "wilko": "wilkos wilkinsons",
    "coop": "coops|co op",
    "premier inn": "premierinn|prem inn|premier in",
    "travelodge": "travelodges|travel lodge",
    "slug lettuce": "slugandlettuce|slug lettice",
    "yates": "yatesies|yates wine lodge|yates wine bar",
    "revolution": "revs revolutions",
    "nandos": "nando|cheeky nandos",
    "greggs": "gregs",
    "dominos": "domino|dominos pizza|domino pizza",
    "tk maxx": "tkmaxx tkmax|tk max|t k maxx",
    "pret": "prets|pret manger|pret a manger",
    "subway": "subways|sub way",
    "primark": "primarni primarks",
    "poundland": "pound land",
}  # fmt: skip


def _spelt() -> dict[tuple[str, ...], tuple[str, ...]]:
    """Arrange the nicknames: words as typed to words of the name."""
    table = {}
    for name, listed in _NICKNAMES.items():
        words, *phrases = listed.split("|")
        for nickname in [*words.split(), *phrases]:
            table[tuple(nickname.split())] = tuple(name.split())
    return table


NICKNAMES = _spelt()
"""What people call a chain, and its name: words without *the* and *and*."""

LONGEST_NICKNAME = max(map(len, NICKNAMES))
