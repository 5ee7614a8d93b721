"""Words that the invented names of the city are made of."""

from __future__ import annotations

CITY = "Northport"
FORCE = "Northport Police (SYNTHETIC)"
AMBULANCE = "Northport Ambulance (SYNTHETIC)"
COUNCIL = "Northport Council (SYNTHETIC)"
HOSPITAL = "Northport General Hospital"
OTHER_HOSPITAL = "Southmoor Infirmary"
"""Lies outside the city and shares nothing."""

ED_SITE = "SYNTHETIC01"
"""Site code of treatment: up to twelve characters, as in the standard."""

NEIGHBOURHOODS = (
    "Ashgrove", "Beckside", "Benfold", "Castlegarth", "Chandlers Row", "Copperfield", "Cullercleugh", "Dovecote",
    "Eastmere", "Elswater", "Fenwick Dene", "Foundry Hill", "Gallowmoor", "Harbour East", "Hartsbourne", "Hollin Bank",
    "Ironmills", "Jessop Park", "Kilnside", "Kingsmarsh", "Larkrise", "Lemmingford", "Marlowe Green", "Millrace",
    "Moorgarth", "Netherley Cross", "North Strand", "Oakhanger", "Old Staithes", "Orchard Vale", "Priory Fields",
    "Quayside", "Ravensgill", "Ropewalk", "Rokerby", "Saltmarket", "Scarholme", "Silverdene", "South Strand",
    "Stonebeck", "Tannery Bank", "Thornhaugh", "Tollgate", "Upper Wynd", "Vine Hill", "Wester Dykes", "Whinmoor",
    "Yarrowby", "Abbot Close End", "Bluebell Rise", "Cooperage", "Drovers Lea", "Eelpie", "Fairmead", "Gorse Hill",
)  # fmt: skip
STREET_FIRST = (
    "Abbot", "Alder", "Anchor", "Baltic", "Beacon", "Birch", "Bridge", "Brook", "Canal", "Carter", "Chandler", "Chapel",
    "Cherry", "Cliff", "Cooper", "Cygnet", "Dock", "Drover", "Elm", "Exchange", "Ferry", "Forge", "Foundry", "Fuller",
    "Glebe", "Granary", "Grange", "Harbour", "Hazel", "Heron", "Holly", "Jubilee", "Kestrel", "Kiln", "Larch", "Lime",
    "Linnet", "Lock", "Maltings", "Maple", "Mason", "Meadow", "Mercer", "Millstone", "Minster", "Nettle", "Orchard",
    "Osprey", "Packet", "Pilot", "Plover", "Poplar", "Quarry", "Rowan", "Saddler", "Salter", "Sandpiper", "Signal",
    "Spinney", "Tanner", "Teal", "Thistle", "Tiller", "Union", "Wagon", "Weaver", "Wharf", "Willow", "Windmill", "Wren",
)  # fmt: skip
STREET_LAST = (
    "Street", "Road", "Lane", "Avenue", "Terrace", "Row", "Close", "Place", "Hill", "Drive", "Crescent", "Gardens",
    "Grove", "Way", "Court", "Square", "Walk", "View",
)  # fmt: skip
CENTRE_STREETS = (
    "High Street", "Market Street", "Station Road", "Castle Street", "Bridge Street", "Quay Street", "Church Street",
    "Corn Street", "Mill Lane", "Silver Street", "The Shambles", "Market Place",
)  # fmt: skip
PUB_FIRST = ("Red", "White", "Black", "Golden", "Old", "Royal", "Merry", "Blind", "Flying", "Copper", "Crooked")
PUB_LAST = (
    "Lion", "Swan", "Anchor", "Plough", "Hart", "Bell", "Crown", "Kettle", "Heron", "Mariner", "Lantern", "Barrel",
)  # fmt: skip
CLUBS = (
    "Vertigo", "Basement Nine", "Neon Harbour", "Club Tropicana Bay", "The Vaults", "Paradox Rooms", "Cellar Door",
    "Skyline Lounge", "Pier Pressure", "Voltage", "Mirrorball", "The Engine Shed",
)  # fmt: skip
TAKEAWAYS = (
    "Sizzling Grill", "Harbour Kebab", "Dragon Wok", "Chicken Palace", "Pizza Corner", "Saffron Grill", "Fry Inn",
    "Golden Fryer", "Noodle Junction", "Spice Route", "Burger Yard", "Kebab Castle", "Pier Chippy", "Wok This Way",
    "Pepper Pot", "Midnight Pizza", "Naan Stop", "Batter Days",
)  # fmt: skip
SUPERMARKETS = ("Hartley Stores", "Fairway Market", "Penny Basket", "Northern Grocer")
PARK_LAST = ("Park", "Recreation Ground", "Common", "Gardens Park")
SCHOOL_LAST = ("Academy", "High School", "Primary School", "College")
GENERIC_POINTS = (
    "Parking Area", "Supermarket", "Petrol Station", "Shopping Area", "Sports/Recreation Area", "Park/Open Space",
    "Further/Higher Educational Building", "Bus/Coach Station",
)  # fmt: skip
"""Kinds of map points that data.police.uk names instead of a street."""

POSTCODE_AREA = "NX"
"""Not an area of any real postcode."""

POSTCODE_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
